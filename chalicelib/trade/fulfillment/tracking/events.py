"""What tracking tells itself."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.events import Event
from chalicelib.gateways.kuaidi100.schemas import Callback


class TrackHeard(Event):
    """Kuaidi100 called back about a parcel, when its waybill had that version. The word is whole: see Callback."""

    order_id: str
    parcel_id: str
    version: int
    heard_at: datetime
    callback: Callback


class LookAfterParcel(Event):
    """A parcel's time to be looked at has come."""

    order_id: str
    parcel_id: str
