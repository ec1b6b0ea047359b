"""Mending a waybill, in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.trade.fulfillment.carriers.schemas import CarrierCode, TrackingNumber


class CorrectWaybill(Schema):
    """``POST /admin/orders/{number}/parcels/{parcel_id}/waybill``."""

    carrier: CarrierCode
    tracking_number: TrackingNumber
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    """The parcel's version that staff looked at."""
    even_if_used: bool = False
    """Also if another order was shipped under the number."""
