"""What happens to orders is told to their buyers."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.kinds.schemas import Kind, Value
from chalicelib.growth.notifications.orders import service
from chalicelib.growth.notifications.service import tell
from chalicelib.trade.fulfillment.completion.events import ReceiptDue
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.events import ParcelDelivered, ParcelShipped
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled, OrderPaid
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.payments.refunds.events import RefundSucceeded


@subscribe(OrderPaid, queue="notifications")
def tell_paid(event: OrderPaid, tx: Transaction) -> None:
    """The money is there."""
    order = _order(event.member_id, event.order_id)
    _tell(tx, service.ORDER_PAID, order, service.of_order(order, paid_at=order.paid_at))


@subscribe(OrderCanceled, queue="notifications")
def tell_closed(event: OrderCanceled, tx: Transaction) -> None:
    """The order ended without goods."""
    order = _order(event.member_id, event.order_id)
    said = service.of_order(order, reason=order.cancel_reason, closed_at=order.canceled_at)
    _tell(tx, service.ORDER_CLOSED, order, said)


@subscribe(ParcelShipped, queue="notifications")
def tell_shipped(event: ParcelShipped, tx: Transaction) -> None:
    """A parcel has left."""
    order, parcel = _order(event.member_id, event.order_id), shipments.parcel(event.order_id, event.parcel_id)
    _tell(tx, service.PARCEL_SHIPPED, order, service.of_parcel(order, parcel), parcel.id)


@subscribe(ParcelDelivered, queue="notifications")
def tell_signed(event: ParcelDelivered, tx: Transaction) -> None:
    """A parcel was signed for."""
    order, parcel = _order(event.member_id, event.order_id), shipments.parcel(event.order_id, event.parcel_id)
    said = service.of_parcel(order, parcel, signed_at=parcel.delivered_at)
    _tell(tx, service.PARCEL_SIGNED, order, said, parcel.id)


@subscribe(RefundSucceeded, queue="notifications")
def tell_refunded(event: RefundSucceeded, tx: Transaction) -> None:
    """The money is back."""
    if not event.is_of_order:
        return  # WeChat tells it; of what was no order there is nothing to add
    order, refund = _order(event.member_id, event.order_id), refunds.load(event.refund_id)
    _tell(tx, service.ORDER_REFUNDED, order, service.of_refund(order, refund), refund.id)


@subscribe(ReceiptDue, queue="notifications")
def tell_receipt_due(event: ReceiptDue, tx: Transaction) -> None:
    """The order completes by itself soon."""
    order = _order(event.member_id, event.order_id)
    _tell(tx, service.RECEIPT_DUE, order, service.of_order(order, complete_by=event.complete_by))


def _order(member_id: str, order_id: str) -> Order:
    return orders.load(member_id, order_id, consistent=True)


def _tell(tx: Transaction, kind: Kind, order: Order, said: dict[str, Value], subject: str = "") -> None:
    tell(
        tx,
        kind,
        member_id=order.member_id,
        group=order.id,
        subject=subject,
        values=said,
        links={"order_id": order.id},
    )
