"""What a buyer may ask about shipping."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.fulfillment.shipments import service
from chalicelib.trade.fulfillment.shipments.schemas import ParcelsView
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("parcels", title="物流 Parcels")


@api.get("/orders/{order_id}/parcels", raises=[OrderNotFound])
def list_parcels(buyer: Buyer, order_id: str) -> ParcelsView:
    """List the parcels of one of my orders, and how much of each line has left."""
    return service.mine(buyer.member_id, order_id)
