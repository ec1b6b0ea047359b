"""Shipments and parcels as buyers and staff see them."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from chalicelib.core import clock
from chalicelib.core.schemas import Schema
from chalicelib.trade.fulfillment.carriers.models import Carrier
from chalicelib.trade.fulfillment.shipments.models import (
    Delivery,
    Parcel,
    ParcelLine,
    ParcelStatus,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    Trouble,
)


class ParcelLineView(Schema):
    """Pieces of an order line; ``line`` is its position in the order, from 0."""

    line: int
    sku_id: str
    name: str
    quantity: int

    @classmethod
    def of(cls, line: ParcelLine) -> ParcelLineView:
        return cls(**line.model_dump())


class ParcelView(Schema):
    """A parcel. Carrier and number are null where it went without a courier."""

    id: str
    delivery: Delivery
    status: ParcelStatus
    carrier: str | None
    carrier_name: str | None
    tracking_number: str | None
    lines: list[ParcelLineView]
    shipped_at: datetime
    status_at: datetime | None
    delivered_at: datetime | None
    last_text: str | None
    """The newest line of the courier."""

    @classmethod
    def of(cls, parcel: Parcel, carriers: dict[str, Carrier]) -> Self:
        courier = carriers.get(parcel.carrier or "")
        names = set(cls.model_fields) - {"carrier_name", "lines"}
        return cls(
            **{name: getattr(parcel, name) for name in names},
            carrier_name=courier.name if courier else parcel.carrier,
            lines=[ParcelLineView.of(line) for line in parcel.lines],
        )


class ShippedLineView(Schema):
    """How much of an order line has left."""

    line: int
    sku_id: str
    quantity: int
    shipped_quantity: int


class ParcelsView(Schema):
    """``GET /orders/{order_id}/parcels``."""

    lines: list[ShippedLineView]
    parcels: list[ParcelView]


class DeskParcelView(ParcelView):
    """A parcel as staff see it. ``version`` goes along with a correction."""

    shipment_id: str
    version: int
    corrected_at: datetime | None
    trouble: Trouble | None


class ShipmentLineView(Schema):
    line: int
    product_id: str
    sku_id: str
    name: str
    spec: str
    quantity: int
    shipped_quantity: int
    held_quantity: int
    """Must not leave: the buyer asks for their money."""
    withdrawn_quantity: int
    """Refunded before they left."""

    @classmethod
    def of(cls, line: ShipmentLine) -> ShipmentLineView:
        return cls(**line.model_dump())


class ShipmentView(Schema):
    """A shipment. ``late``: something is left, and ``ship_by`` is over."""

    id: str
    order_id: str
    order_number: str
    member_id: str
    origin_id: str
    delivery: Delivery
    status: ShipmentStatus
    lines: list[ShipmentLineView]
    parcel_count: int
    planned_at: datetime
    ship_by: datetime
    late: bool
    shipped_at: datetime | None
    version: int
    print_count: int
    """How often its packing slip was printed."""
    printed_at: datetime | None
    printed_by: str | None

    @classmethod
    def of(cls, shipment: Shipment) -> ShipmentView:
        names = set(cls.model_fields) - {"lines", "late", "print_count"}
        return cls(
            **{name: getattr(shipment, name) for name in names},
            lines=[ShipmentLineView.of(line) for line in shipment.lines],
            print_count=shipment.print_count or 0,
            late=shipment.open_origin is not None and shipment.ship_by <= clock.now(),
        )


class ShippingView(Schema):
    """What is planned and what has left of one order."""

    order_number: str
    order_version: int
    shipments: list[ShipmentView]
    parcels: list[DeskParcelView]
