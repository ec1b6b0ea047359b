"""What a buyer may ask about codes."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.fulfillment.goods_codes.errors import CodeUnreadable
from chalicelib.trade.fulfillment.goods_codes.giving import service
from chalicelib.trade.fulfillment.goods_codes.schemas import CodesView
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("goods_codes", title="卡密 Codes")


@api.get("/orders/{order_id}/codes", raises=[OrderNotFound, CodeUnreadable])
def show_codes(buyer: Buyer, order_id: str) -> CodesView:
    """Show the codes that I bought with an order. Empty until they are given."""
    return service.mine(buyer.member_id, order_id)
