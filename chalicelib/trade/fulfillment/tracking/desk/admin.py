"""Staff: look after parcels on their way."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.shipments.errors import NoWaybill, ParcelChanged, ParcelNotFound
from chalicelib.trade.fulfillment.tracking.desk import service
from chalicelib.trade.fulfillment.tracking.desk.schemas import (
    DeskTrackView,
    ListTroubled,
    SettleParcel,
    TroubledParcelView,
)
from chalicelib.trade.fulfillment.tracking.errors import AskedLately, NotInTrouble, NotTracked, ParcelEnded
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("tracking_desk", title="物流 Parcels (staff)")
_TRACK = "/admin/orders/{number}/parcels/{parcel_id}/track"


@api.get("/admin/troubled-parcels", permission="shipping.read")
def list_troubled(staff: Staff, query: ListTroubled) -> Page[TroubledParcelView]:
    """List parcels in trouble of a kind: refused, returned, a problem, or stuck."""
    return service.troubled(query)


@api.get(_TRACK, permission="shipping.read", raises=[OrderNotFound, ParcelNotFound])
def show_desk_track(staff: Staff, number: str, parcel_id: str) -> DeskTrackView:
    """Show a parcel's way, its trouble, and how the mall hears of it."""
    return service.show(number, parcel_id)


@api.post(
    f"{_TRACK}/ask",
    permission="shipping.write",
    raises=[OrderNotFound, ParcelNotFound, ParcelChanged, NotTracked, AskedLately],
)
def ask_now(staff: Staff, number: str, parcel_id: str) -> DeskTrackView:
    """Ask Kuaidi100 now, at most once in 30 minutes a number; `problem` shows why, if it did not answer."""
    return service.ask(number, parcel_id)


@api.post(
    f"{_TRACK}/settle",
    permission="shipping.write",
    raises=[OrderNotFound, ParcelNotFound, ParcelChanged, NoWaybill, NotInTrouble, ParcelEnded],
)
def settle_parcel(staff: Staff, number: str, parcel_id: str, body: SettleParcel) -> DeskTrackView:
    """Settle a parcel's trouble, or say how it ended: delivered or returned."""
    return service.settle(number, parcel_id, body, staff.name)
