"""What has left, was mended or has arrived, on its way to WeChat."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.entitlements.events import EntitlementOpened
from chalicelib.trade.fulfillment.reporting import service
from chalicelib.trade.fulfillment.reporting.advances import service as advances
from chalicelib.trade.fulfillment.reporting.asking import service as asking
from chalicelib.trade.fulfillment.reporting.events import (
    AskReceipt,
    ShippingUrged,
    TellAdvance,
    TellLateShipping,
    TellWechat,
)
from chalicelib.trade.fulfillment.reporting.late import service as late
from chalicelib.trade.fulfillment.reporting.models import ReportStatus, ShippingReport
from chalicelib.trade.fulfillment.reporting.uploading import service as uploading
from chalicelib.trade.fulfillment.shipments.events import ParcelDelivered, ParcelShipped, WaybillCorrected
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderShipped, ShippingPromised
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.wechat import service as wechat_payments


@subscribe(ParcelShipped, queue="fulfillment")
def report_parcel(event: ParcelShipped, tx: Transaction) -> None:
    """WeChat is told in a moment."""
    service.plan(tx, _order(event.member_id, event.order_id))


@subscribe(EntitlementOpened, queue="fulfillment")
def report_waiting(event: EntitlementOpened, tx: Transaction) -> None:
    """WeChat is told when it is fetched, and in the last hour that is left for it."""
    service.plan(tx, _order(event.member_id, event.order_id))


@subscribe(OrderShipped, queue="fulfillment")
def report_last_parcel(event: OrderShipped, tx: Transaction) -> None:
    """WeChat is told in a moment that this was all."""
    service.plan(tx, _order(event.member_id, event.order_id))


@subscribe(WaybillCorrected, queue="fulfillment")
def report_correction(event: WaybillCorrected, tx: Transaction) -> None:
    """WeChat is told in a while: it takes one correction of a complete report."""
    service.plan(tx, _order(event.member_id, event.order_id))


@subscribe(TellWechat, queue="fulfillment")
def tell_wechat(event: TellWechat, tx: Transaction) -> None:
    """Tell WeChat. Run twice, it answers the second time that nothing has changed."""
    report = ShippingReport.find(event.order_id, consistent=True)
    if report is None or report.turn != event.turn or report.status is not ReportStatus.PENDING:
        return
    uploading.tell(tx, report, _order(event.member_id, event.order_id))


@subscribe(ShippingPromised, queue="fulfillment")
def announce_late_shipping(event: ShippingPromised, tx: Transaction) -> None:
    """What was promised for weeks from now is announced to WeChat, before it urges."""
    order = _order(event.member_id, event.order_id)
    payment = wechat_payments.payment_of(order) if order.ship_by is not None else None
    if payment is not None and order.ship_by is not None:
        paid_at = payment.succeeded_at or order.paid_at or clock.now()
        late.announce(tx, wechat_payments.key_of(payment), paid_at, order.ship_by)


@subscribe(TellLateShipping, queue="fulfillment")
def tell_late_shipping(event: TellLateShipping, tx: Transaction) -> None:
    """Tell WeChat when it leaves."""
    late.tell(tx, event)


@subscribe(TellAdvance, queue="fulfillment")
def tell_advance(event: TellAdvance, tx: Transaction) -> None:
    """Tell WeChat of what was paid in advance."""
    advances.tell(tx, _order(event.member_id, event.order_id), event.attempt)


@subscribe(ShippingUrged, queue="fulfillment")
def heed_urging(event: ShippingUrged, tx: Transaction) -> None:
    """WeChat misses the shipping of a payment."""
    payment = wechat_payments.named(event.merchant_id, event.payment_id, event.transaction_id)
    if payment is not None:
        service.urged(tx, _order(payment.member_id, payment.order_id))


@subscribe(ParcelDelivered, queue="fulfillment")
def ask_for_receipt(event: ParcelDelivered, tx: Transaction) -> None:
    """When the last parcel has arrived, WeChat asks the buyer to confirm."""
    asking.ask(tx, _order(event.member_id, event.order_id), 0)


@subscribe(AskReceipt, queue="fulfillment")
def ask_for_receipt_again(event: AskReceipt, tx: Transaction) -> None:
    """WeChat could not be asked before."""
    asking.ask(tx, _order(event.member_id, event.order_id), event.attempt)


def _order(member_id: str, order_id: str) -> Order:
    return orders.load(member_id, order_id, consistent=True)
