"""The way of a parcel, as buyers see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.core.schemas import Schema
from chalicelib.gateways.kuaidi100.schemas import Entry
from chalicelib.trade.fulfillment.carriers.models import Carrier
from chalicelib.trade.fulfillment.shipments.models import Parcel, ParcelStatus
from chalicelib.trade.fulfillment.tracking.models import Track


class TrackEntryView(Schema):
    """One line as the courier wrote it."""

    at: datetime
    text: str
    area: str

    @classmethod
    def of(cls, entry: Entry) -> TrackEntryView:
        return cls(at=entry.at, text=entry.text, area=entry.area)


class TrackView(Schema):
    """A parcel and the courier's lines, newest first. Without tracking there are none."""

    parcel_id: str
    carrier: str | None
    """The courier's name."""
    tracking_number: str | None
    status: ParcelStatus
    status_at: datetime | None
    delivered_at: datetime | None
    entries: list[TrackEntryView]
    heard_at: datetime | None
    """When the mall last heard of it."""

    @classmethod
    def of(cls, parcel: Parcel, track: Track, carriers: Mapping[str, Carrier]) -> TrackView:
        known = carriers.get(parcel.carrier or "")
        return cls(
            parcel_id=parcel.id,
            carrier=known.name if known else parcel.carrier,
            tracking_number=parcel.tracking_number,
            status=parcel.status,
            status_at=parcel.status_at,
            delivered_at=parcel.delivered_at,
            entries=[TrackEntryView.of(entry) for entry in track.entries],
            heard_at=track.heard_at,
        )
