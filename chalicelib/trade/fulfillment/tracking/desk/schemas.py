"""Parcels as staff see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.trade.fulfillment.carriers.models import Carrier
from chalicelib.trade.fulfillment.shipments.models import Parcel, ParcelStatus, Trouble
from chalicelib.trade.fulfillment.tracking.models import Subscription, Track
from chalicelib.trade.fulfillment.tracking.schemas import TrackView


class ListTroubled(PageQuery):
    """``GET /admin/troubled-parcels``: of one kind, the longest in trouble first."""

    trouble: Trouble


class TroubledParcelView(Schema):
    order_number: str
    parcel_id: str
    carrier: str | None
    tracking_number: str | None
    status: ParcelStatus
    trouble: Trouble
    trouble_at: datetime
    last_text: str | None
    last_moved_at: datetime | None
    shipped_at: datetime

    @classmethod
    def of(cls, parcel: Parcel) -> TroubledParcelView:
        return cls(
            order_number=parcel.order_number,
            parcel_id=parcel.id,
            carrier=parcel.carrier,
            tracking_number=parcel.tracking_number,
            status=parcel.status,
            trouble=parcel.trouble,
            trouble_at=parcel.trouble_at,
            last_text=parcel.last_text,
            last_moved_at=parcel.last_moved_at,
            shipped_at=parcel.shipped_at,
        )


class DeskTrackView(Schema):
    """All that is known of a parcel's way. ``subscription`` is null where nothing is tracked."""

    track: TrackView
    trouble: Trouble | None
    trouble_at: datetime | None
    subscription: Subscription | None
    problem: str | None
    """Why the last call to Kuaidi100 failed: its code, or `limit`."""
    corrected_carrier: str | None
    """Kuaidi100's code of the courier whose number it really is, when the mall's is wrong: mend the waybill."""
    look_at: datetime | None
    """When the mall asks next, if nothing is heard before."""

    @classmethod
    def of(cls, parcel: Parcel, track: Track, carriers: Mapping[str, Carrier], *, tracked: bool) -> DeskTrackView:
        return cls(
            track=TrackView.of(parcel, track, carriers),
            trouble=parcel.trouble,
            trouble_at=parcel.trouble_at,
            subscription=track.subscription if tracked else None,
            problem=track.problem,
            corrected_carrier=track.corrected,
            look_at=parcel.look_at,
        )


class SettleParcel(Schema):
    """``POST /admin/orders/{number}/parcels/{parcel_id}/track/settle``."""

    ended_as: Literal[ParcelStatus.DELIVERED, ParcelStatus.RETURNED] | None = None
    """How it ended, by your word; without it, only its trouble is settled."""
    note: Annotated[str, Field(min_length=1, max_length=200)]
    """What was done, for the order's notes."""
