"""What happens when nothing is heard of a purchase."""

from __future__ import annotations

import logging

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import AdvanceSpent
from chalicelib.trade.payments.confirming import service as confirming
from chalicelib.trade.payments.purchases import service
from chalicelib.trade.payments.purchases.events import CheckPurchase
from chalicelib.trade.payments.purchases.models import PurchaseStatus
from chalicelib.trade.payments.purchases.service import CHECKS, LATER

log = logging.getLogger(__name__)


@subscribe(CheckPurchase, queue="payments")
def check_purchase(event: CheckPurchase, tx: Transaction) -> None:
    """Ask about a purchase whose notice may be lost; once its time is over, end it. Again, until it has ended."""
    purchase = service.load(event.purchase_id)
    if purchase.status is not PurchaseStatus.CREATED:
        return
    try:
        service.ask(purchase)
    except PartnerError as error:
        log.warning("purchase not checked", extra={"purchase_id": purchase.id, "error": str(error)})
    if service.load(purchase.id).status is PurchaseStatus.CREATED:
        following = event.check + 1
        at = purchase.created_at + CHECKS[following] if following < len(CHECKS) else clock.now() + LATER
        tx.emit(CheckPurchase(purchase_id=purchase.id, check=following), at=at)


@subscribe(AdvanceSpent, queue="payments")
def return_excess(event: AdvanceSpent, tx: Transaction) -> None:
    """An order that cost less than was paid for it in advance keeps what it cost; the rest goes back."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    if order.advance is None:
        return
    payment = confirming.load(order.payment_id) if order.payment_id else None
    used = sum(part.amount for part in payment.parts if part.purchase_id) if payment is not None else 0
    if used < order.advance.amount:
        purchase = service.load(order.advance.purchase_id)
        service.refund(tx, purchase, order.advance.amount - used, reason="预付款超出应付金额，多余部分退回")
