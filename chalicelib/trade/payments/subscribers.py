"""What payments do when orders change, and when nothing was heard of a payment."""

from __future__ import annotations

import logging

from chalicelib.core import clock, metrics
from chalicelib.core.events import subscribe
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled, OrderRepriced
from chalicelib.trade.payments.confirming import service as confirming
from chalicelib.trade.payments.events import CheckPayment
from chalicelib.trade.payments.models import PaymentStatus, all_of
from chalicelib.trade.payments.service import CHECKS

log = logging.getLogger(__name__)


@subscribe(CheckPayment, queue="payments")
def check_payment(event: CheckPayment, tx: Transaction) -> None:
    """Ask about a payment whose notice may be lost; ask again later, until it ends."""
    payment = confirming.load(event.payment_id)
    if payment.status is not PaymentStatus.CREATED:
        return
    following = event.check + 1
    if following < len(CHECKS) and clock.now() < payment.expires_at:
        again = CheckPayment(payment_id=payment.id, check=following)
        tx.emit(again, at=payment.created_at + CHECKS[following])
    try:
        if confirming.ask(payment):
            metrics.record("payment found by asking", {"PaymentsFoundByAsking": 1}, payment_id=payment.id)
    except PartnerError as error:
        # The next question, or the closing of the order, will tell.
        log.warning("payment not checked", extra={"payment_id": payment.id, "error": str(error)})


@subscribe(OrderRepriced, queue="payments")
def close_outdated(event: OrderRepriced, tx: Transaction) -> None:
    """A payment begun for another price ends; if it was paid meanwhile, its money goes back."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    for payment in all_of(order):
        if payment.status is PaymentStatus.CREATED and payment.amount != order.payable_amount:
            confirming.settle(payment)


@subscribe(OrderCanceled, queue="payments")
def close_leftovers(event: OrderCanceled, tx: Transaction) -> None:
    """A payment that began while the order was being closed ends too."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    for payment in all_of(order):
        if payment.status is PaymentStatus.CREATED:
            confirming.settle(payment)
