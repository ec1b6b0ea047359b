"""Staff: find and count orders."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.orders.desk import service
from chalicelib.trade.orders.desk.schemas import AskDays, DaysView, DeskOrder, DeskOrderView, FindOrders
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("order_desk", title="订单 Orders (staff)")


@api.get("/admin/orders", permission="orders.read")
def find_orders(staff: Staff, query: FindOrders) -> Page[DeskOrderView]:
    """Find orders by number, phone, product, status or days."""
    return service.find(query)


@api.get("/admin/orders/{number}", permission="orders.read", raises=[OrderNotFound])
def show_order(staff: Staff, number: str) -> DeskOrder:
    """Show an order with its notes."""
    return service.show(number)


@api.get("/admin/order-days", permission="orders.read")
def order_days(staff: Staff, query: AskDays) -> DaysView:
    """Count placed, paid and canceled orders per business day."""
    return DaysView(items=service.days(query.from_day, query.to_day))
