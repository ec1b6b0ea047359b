"""Staff: find and count orders."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.orders.desk import service
from chalicelib.trade.orders.desk.schemas import AskDays, DaysView, DeskOrder
from chalicelib.trade.orders.desk.searching import service as searching
from chalicelib.trade.orders.desk.searching.schemas import FindOrders, FoundOrders
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("order_desk", title="订单 Orders (staff)")


@api.get("/admin/orders", permission="orders.read", raises=[PartnerUnavailable])
def find_orders(staff: Staff, query: FindOrders) -> FoundOrders:
    """Find orders by all that staff ask for; `q` understands what was typed.

    A page looks at 500 orders at most and says how far it came: a short page with a cursor is not the end. WeChat Pay
    is asked about its own numbers: only then can it be `partner_unavailable`.
    """
    return searching.find(query)


@api.get("/admin/orders/{number}", permission="orders.read", raises=[OrderNotFound])
def show_order(staff: Staff, number: str) -> DeskOrder:
    """Show an order with its notes."""
    return service.show(number)


@api.get("/admin/order-days", permission="orders.read")
def order_days(staff: Staff, query: AskDays) -> DaysView:
    """Count placed, paid and canceled orders per business day."""
    return DaysView(items=service.days(query.from_day, query.to_day))
