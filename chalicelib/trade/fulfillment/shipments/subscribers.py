"""An order that is ready begins to be fulfilled, in its way; what is left of a canceled order stays."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.shipments import service
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled, OrderReady


@subscribe(OrderReady, queue="fulfillment")
def plan_shipment(event: OrderReady, tx: Transaction) -> None:
    """Plan its shipment, or what is there in its place. Held again, canceled or planned already: nothing."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    service.fulfillers[order.fulfillment].begin(tx, order)


@subscribe(OrderCanceled, queue="fulfillment")
def cancel_shipments(event: OrderCanceled, tx: Transaction) -> None:
    """Cancel what has not left. An order canceled before it was paid has nothing."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    if order.paid_at is not None:
        service.fulfillers[order.fulfillment].cancel(tx, order)
