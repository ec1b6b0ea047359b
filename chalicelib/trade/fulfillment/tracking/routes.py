"""What a buyer may ask about a parcel's way."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.fulfillment.shipments.errors import ParcelNotFound
from chalicelib.trade.fulfillment.tracking import service
from chalicelib.trade.fulfillment.tracking.schemas import TrackView

api = Api("tracking", title="物流 Parcels")


@api.get("/orders/{order_id}/parcels/{parcel_id}/track", raises=[ParcelNotFound])
def show_track(buyer: Buyer, order_id: str, parcel_id: str) -> TrackView:
    """Show where a parcel of one of my orders is, and the courier's lines."""
    return service.show(buyer.member_id, order_id, parcel_id)
