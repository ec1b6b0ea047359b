"""Shipping, in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from chalicelib.core.schemas import Id, Schema
from chalicelib.trade.fulfillment.carriers.schemas import CarrierCode, TrackingNumber
from chalicelib.trade.fulfillment.shipments.models import Delivery

MAX_LINES = 100
Version = Annotated[int, Field(ge=1, le=1_000_000)]


class Pieces(Schema):
    """So many pieces of a SKU, whichever line they were bought in."""

    sku_id: Id
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]


class Handover(Schema):
    """How pieces leave: with a courier (``express``: carrier and number), or without."""

    delivery: Literal[Delivery.EXPRESS, Delivery.SAME_CITY, Delivery.VIRTUAL] = Delivery.EXPRESS
    carrier: Annotated[CarrierCode | None, Field(examples=["sf"])] = None
    tracking_number: Annotated[TrackingNumber | None, Field(examples=["SF1234567890123"])] = None
    lines: Annotated[list[Pieces], Field(min_length=1, max_length=MAX_LINES)] | None = None
    """What is in the parcel; without it, everything that is left."""
    even_if_used: bool = False
    """Also if another order was shipped under the number."""

    @field_validator("lines")
    @classmethod
    def _each_once(cls, lines: list[Pieces] | None) -> list[Pieces] | None:
        if lines and len({line.sku_id for line in lines}) != len(lines):
            raise ValueError("name each SKU once")
        return lines

    @model_validator(mode="after")
    def _courier_or_not(self) -> Handover:
        named = [each is not None for each in (self.carrier, self.tracking_number)]
        if self.delivery is Delivery.EXPRESS and not all(named):
            raise ValueError("express needs carrier and tracking_number")
        if self.delivery is not Delivery.EXPRESS and any(named):
            raise ValueError("only express has a carrier and a tracking_number")
        return self


class ShipOrder(Handover):
    """``POST /admin/orders/{number}/parcels``."""

    shipment_id: Id | None = None
    """Which shipment, where several are open."""
    version: Version | None = None
    """The shipment's version that staff looked at: refused if it changed since."""
    order_version: Version | None = None
    """The order's version on the label: refused if the order, say its receiver, was edited since."""
