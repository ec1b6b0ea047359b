"""Having WeChat ask the buyer to confirm the receipt: once, when every parcel has arrived."""

from __future__ import annotations

import logging
from datetime import timedelta

from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import shipping
from chalicelib.gateways.wechat.shipping import Advice
from chalicelib.trade.fulfillment.reporting.events import AskReceipt
from chalicelib.trade.fulfillment.reporting.models import ReportStatus, ShippingReport
from chalicelib.trade.fulfillment.shipments.models import Delivery, Parcel, ParcelStatus
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments.wechat import service as wechat_payments

log = logging.getLogger(__name__)
PAUSES = tuple(timedelta(minutes=each) for each in (10, 60, 360, 720, 1440))
SECOND = timedelta(seconds=1)


def ask(tx: Transaction, order: Order, attempt: int) -> None:
    """Ask, if all of *order* has arrived by courier; later, if WeChat does not know yet that it was sent."""
    report = ShippingReport.find(order.id, consistent=True)
    if order.status is not OrderStatus.SHIPPED or report is None or report.receipt_asked_at is not None:
        return
    parcels = list(Parcel.query(order.id, consistent_read=True))
    arrived = [each.delivered_at for each in parcels if each.status is ParcelStatus.DELIVERED and each.delivered_at]
    payment = wechat_payments.payment_of(order)
    by_courier = all(parcel.delivery is Delivery.EXPRESS for parcel in parcels)
    if payment is None or not arrived or len(arrived) < len(parcels) or not by_courier:
        return
    if report.status is not ReportStatus.DONE or report.told_at is None:
        _later(tx, order, attempt)
        return
    # WeChat wants a time after it was told of the shipping, also when it was told late.
    received_at = max(*arrived, report.told_at + SECOND)
    try:
        shipping.remind_of_receipt(wechat_payments.key_of(payment), received_at)
    except PartnerError as error:
        _refused(tx, order, attempt, error)
    else:
        _asked(tx, order)


def _refused(tx: Transaction, order: Order, attempt: int, error: PartnerError) -> None:
    advice = shipping.advice(error)
    if advice is Advice.RETRY:
        _later(tx, order, attempt)
        return
    if advice is Advice.BUG:
        extra = {"alarm": True, "order_id": order.id, "partner_code": error.partner_code, "reason": error.reason}
        log.error("wechat refuses to remind of the receipt", extra=extra)
    problem = [] if advice is Advice.DONE else [ShippingReport.receipt_problem.set(error.partner_code or "refused")]
    _asked(tx, order, *problem)


def _asked(tx: Transaction, order: Order, *more: Action) -> None:
    tx.update(ShippingReport(order_id=order.id), [ShippingReport.receipt_asked_at.set(clock.now()), *more])


def _later(tx: Transaction, order: Order, attempt: int) -> None:
    # A kindness, not a duty: after two days the buyer is asked by the mall alone.
    if attempt < len(PAUSES):
        again = AskReceipt(member_id=order.member_id, order_id=order.id, attempt=attempt + 1)
        tx.emit(again, at=clock.now() + PAUSES[attempt])
