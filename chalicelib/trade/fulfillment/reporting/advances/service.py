"""Telling WeChat of a payment in advance what it knows of the order's payment.

Algorithm: docs/algorithms/delivery.md, "Promised for later".
"""

from __future__ import annotations

import logging

from chalicelib.core import clock
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import shipping
from chalicelib.gateways.wechat.shipping import Advice, Mode, PaymentKey
from chalicelib.trade.fulfillment.reporting.contents import service as contents
from chalicelib.trade.fulfillment.reporting.events import TellAdvance
from chalicelib.trade.fulfillment.reporting.late.service import PAUSES
from chalicelib.trade.fulfillment.reporting.models import ShippingReport
from chalicelib.trade.fulfillment.shipments.models import Parcel
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.purchases import service as purchases

log = logging.getLogger(__name__)


def plan(tx: Transaction, order: Order) -> None:
    """WeChat knows that all of *order* has left: it shall know so of what was paid in advance."""
    if order.advance is not None:
        tx.emit(TellAdvance(member_id=order.member_id, order_id=order.id))


def tell(tx: Transaction, order: Order, attempt: int) -> None:
    """Tell it what is true now. Said twice, WeChat answers that nothing has changed."""
    report = ShippingReport.find(order.id, consistent=True)
    if order.advance is None or report is None:
        return
    paid = purchases.load(order.advance.purchase_id)
    key = PaymentKey(transaction_id=paid.transaction_id, out_trade_no=paid.id)
    parcels = list(Parcel.query(order.id, consistent_read=True))
    info = contents.describe(order, parcels, key=key, openid=paid.openid, split=report.told_mode == Mode.SPLIT)
    if info is None:
        return
    try:
        shipping.upload(info, clock.now())
    except PartnerError as error:
        _refused(tx, order, attempt, error)


def _refused(tx: Transaction, order: Order, attempt: int, error: PartnerError) -> None:
    advice = shipping.advice(error)
    if advice is Advice.RETRY and attempt < len(PAUSES):
        again = TellAdvance(member_id=order.member_id, order_id=order.id, attempt=attempt + 1)
        tx.emit(again, at=clock.now() + PAUSES[attempt])
    elif advice not in (Advice.DONE, Advice.STOP):
        extra = {"alarm": True, "order_id": order.id, "problem": error.partner_code, "reason": error.reason}
        log.error("wechat refuses the shipping of an advance", extra=extra)
