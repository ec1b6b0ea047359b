"""The way of a shipped order to completion."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.completion import service
from chalicelib.trade.fulfillment.completion.events import CompleteByTime, RemindOfReceipt, SettlementHeard
from chalicelib.trade.fulfillment.completion.wechat import service as wechat
from chalicelib.trade.fulfillment.shipments.events import ParcelDelivered
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCompleted, OrderShipped


@subscribe(OrderShipped, queue="fulfillment")
def schedule_completion(event: OrderShipped, tx: Transaction) -> None:
    """The order has its deadlines, or completes."""
    service.begin(tx, orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(CompleteByTime, queue="fulfillment")
def complete_by_time(event: CompleteByTime, tx: Transaction) -> None:
    """Complete the order unless a parcel is on its way or in trouble."""
    service.time_is_up(tx, orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(RemindOfReceipt, queue="fulfillment")
def remind_of_receipt(event: RemindOfReceipt, tx: Transaction) -> None:
    """Announce that the order completes soon."""
    service.remind(tx, orders.load(event.member_id, event.order_id, consistent=True), event.complete_by)


@subscribe(ParcelDelivered, queue="fulfillment")
def take_arrival(event: ParcelDelivered, tx: Transaction) -> None:
    """The buyer gets some days with the goods."""
    service.arrived(tx, orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(SettlementHeard, queue="fulfillment")
def ask_wechat(event: SettlementHeard, tx: Transaction) -> None:
    """WeChat is asked what its notice means."""
    wechat.ask(tx, event)


@subscribe(OrderCompleted, queue="fulfillment")
def close_receipt(event: OrderCompleted, tx: Transaction) -> None:
    """The order leaves staff's list of the undecided."""
    service.completed(tx, event.order_id)
