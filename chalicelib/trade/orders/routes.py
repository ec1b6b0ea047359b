"""What a buyer may ask about orders. Placing and canceling are checkout's."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.orders import service
from chalicelib.trade.orders.errors import OrderNotFound
from chalicelib.trade.orders.schemas import ListOrders, OrderCard, OrderView

api = Api("orders", title="订单 Orders")


@api.get("/orders")
def list_orders(buyer: Buyer, query: ListOrders) -> Page[OrderCard]:
    """List my orders, newest first."""
    return service.mine(buyer.member_id, query.status, query.limit, query.cursor)


@api.get("/orders/{order_id}", raises=[OrderNotFound])
def get_order(buyer: Buyer, order_id: str) -> OrderView:
    """Show one of my orders with its timeline."""
    return service.view(buyer.member_id, order_id)
