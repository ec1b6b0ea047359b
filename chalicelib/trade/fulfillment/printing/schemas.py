"""Packing slips and waybills, as data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Fen, Schema
from chalicelib.trade.fulfillment.shipments.models import ShipmentStatus
from chalicelib.trade.orders.desk.schemas import OrderNumber
from chalicelib.trade.orders.models import Fulfillment, OrderStatus
from chalicelib.trade.orders.schemas import PlaceView, ReceiverView
from chalicelib.trade.pricing.schemas import SignedFen

Numbers = Annotated[list[OrderNumber], Field(min_length=1, max_length=50)]


class AskSlips(Schema):
    """``GET /admin/packing-slips``: order numbers, joined by commas."""

    numbers: Numbers


class PrintedOrder(Schema):
    """What was on the paper."""

    number: OrderNumber
    order_version: Annotated[int, Field(ge=1, le=1_000_000)]


class MarkPrinted(Schema):
    """``POST /admin/packing-slips/printed``."""

    orders: Annotated[list[PrintedOrder], Field(min_length=1, max_length=50)]


class PrintMark(Schema):
    """How often a shipment's slip was printed, when last and by whom."""

    order_number: str
    shipment_id: str
    print_count: int
    printed_at: datetime | None
    printed_by: str | None


class PrintMarks(Schema):
    items: list[PrintMark]


class SlipLine(Schema):
    product_id: str
    sku_id: str
    sku_code: str | None
    """The merchant's code of the SKU, as it is now."""
    barcode: str | None
    name: str
    spec: str
    picture: str
    quantity: int
    """Pieces that were ordered."""
    to_pack: int
    """Pieces that may go into this box now: not shipped, not refunded, and not held for a refund."""
    given: bool
    """A gift."""
    unit_amount: Fen
    payable_amount: Fen


class Party(Schema):
    """Who sends, or gets, a parcel."""

    name: str
    phone: str | None
    address: str


class WaybillData(Schema):
    """What an electronic waybill asks for, whoever makes it. Courier and account are of the one who does."""

    order_number: str
    sender: Party | None
    """Null as long as the origin is not defined as a place."""
    receiver: Party
    cargo: str
    """``蚕丝被*2；枕头*1``, at most 120 characters."""
    count: int
    """Parcels: one."""
    weight_grams: int
    """Of the pieces to pack, as far as the SKUs' weights are known."""
    remark: str | None


class SlipShipment(Schema):
    """The shipment that the slip is for. Both versions go along when it is shipped: a changed receiver is noticed."""

    id: str
    status: ShipmentStatus
    origin_id: str
    ship_by: datetime
    version: int
    print_count: int
    printed_at: datetime | None
    printed_by: str | None
    reprint: bool
    """The order was edited since it was printed last."""


class PackingSlip(Schema):
    """One box, or one order of which nothing is sent."""

    order_number: str
    """Also what its barcode or QR code holds."""
    order_version: int
    status: OrderStatus
    fulfillment: Fulfillment
    placed_at: datetime
    paid_at: datetime | None
    shipment: SlipShipment | None
    sender: Party | None
    receiver: ReceiverView
    place: PlaceView | None
    """Where it is fetched; only of a pickup."""
    lines: list[SlipLine]
    pieces: int
    """To pack, in all."""
    goods_amount: Fen
    discount_amount: SignedFen
    freight_amount: Fen
    payable_amount: Fen
    paid_amount: Fen
    remark: str | None
    memo: str | None
    """For staff only: not on the printed page."""
    waybill: WaybillData | None
    """Null when no piece may leave by parcel now."""


class SlipsView(Schema):
    """In the order in which they were asked for."""

    items: list[PackingSlip]
    unknown: list[str]
    """Numbers that no order has."""
