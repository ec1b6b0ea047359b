"""An order that is ready is planned; what is planned of a canceled order stays."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.shipments import service
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled, OrderReady


@subscribe(OrderReady, queue="fulfillment")
def plan_shipment(event: OrderReady, tx: Transaction) -> None:
    """Plan its shipment. Held again, canceled or planned already: nothing."""
    service.plan(tx, orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(OrderCanceled, queue="fulfillment")
def cancel_shipments(event: OrderCanceled, tx: Transaction) -> None:
    """Cancel what has not left. An order canceled before it was paid has no shipment."""
    for shipment in service.of_order(event.order_id):
        if shipment.status in service.OPEN:
            service.cancel(tx, shipment)
