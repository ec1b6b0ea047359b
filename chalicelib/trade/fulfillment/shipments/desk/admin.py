"""Staff: what is to ship."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.stores.errors import NotAnOrigin, StoreNotFound
from chalicelib.trade.fulfillment.shipments import errors
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.desk import service
from chalicelib.trade.fulfillment.shipments.desk.schemas import ListShipments, MoveShipment
from chalicelib.trade.fulfillment.shipments.schemas import ShipmentView, ShippingView
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("shipping_desk", title="发货 Shipping (staff)")


@api.get("/admin/shipments", permission="shipping.read")
def list_shipments(staff: Staff, query: ListShipments) -> Page[ShipmentView]:
    """List what a place has to ship (the most urgent first), what is late, or all of one status."""
    return service.find(query)


@api.get("/admin/orders/{number}/parcels", permission="shipping.read", raises=[OrderNotFound])
def show_shipping(staff: Staff, number: str) -> ShippingView:
    """Show what is planned and what has left of an order."""
    return shipments.view(by_number(number))


@api.post(
    "/admin/orders/{number}/origin",
    permission="shipping.write",
    raises=[
        *(OrderNotFound, StoreNotFound, NotAnOrigin, errors.NotToShip, errors.NothingToShip),
        *(errors.ShipmentNotFound, errors.ShipmentUnclear, errors.ShipmentChanged),
    ],
)
def move_shipment(staff: Staff, number: str, body: MoveShipment) -> ShippingView:
    """Let another store or warehouse send what is left of an order."""
    return service.move(number, body, staff.name)
