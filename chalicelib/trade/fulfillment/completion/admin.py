"""Staff: decide about orders that do not complete by themselves."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.completion import service
from chalicelib.trade.fulfillment.completion.errors import OrderNotShipped
from chalicelib.trade.fulfillment.completion.schemas import CompleteOrder, HeldView
from chalicelib.trade.orders.desk import service as desk
from chalicelib.trade.orders.desk.schemas import DeskOrder
from chalicelib.trade.orders.errors import OrderChanged, OrderNotFound

api = Api("completion_admin", title="收货 Receipt (staff)")


@api.get("/admin/held-orders", permission="shipping.read")
def held_orders(staff: Staff, query: PageQuery) -> Page[HeldView]:
    """List shipped orders that do not complete by themselves: a parcel is in trouble, or never arrived."""
    return service.held(query)


@api.post(
    "/admin/orders/{number}/complete",
    permission="shipping.write",
    raises=[OrderNotFound, OrderNotShipped, OrderChanged],
)
def complete_order(staff: Staff, number: str, body: CompleteOrder) -> DeskOrder:
    """Complete a shipped order, with the reason in its notes."""
    service.complete_by_staff(number, body, staff.name)
    return desk.show(number)
