"""What a buyer may ask about what they fetch."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page, PageQuery, Schema
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.fulfillment.entitlements.mine import service
from chalicelib.trade.fulfillment.entitlements.schemas import EntitlementCard, EntitlementView
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("entitlements", title="自提 Pickup")


class EntitlementsView(Schema):
    """``GET /orders/{order_id}/entitlements``."""

    items: list[EntitlementView]


@api.get("/orders/{order_id}/entitlements", raises=[OrderNotFound])
def list_of_order(buyer: Buyer, order_id: str) -> EntitlementsView:
    """Show the codes of one of my orders, and what was handed over. Empty until the order is ready."""
    return EntitlementsView(items=service.of_order(buyer.member_id, order_id))


@api.get("/me/entitlements")
def list_mine(buyer: Buyer, query: PageQuery) -> Page[EntitlementCard]:
    """List what I can fetch, and what I fetched, the newest first. Codes: see the order's."""
    return service.mine(buyer.member_id, query)
