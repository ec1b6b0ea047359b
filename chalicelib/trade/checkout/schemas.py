"""Preview and order, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, field_validator

from chalicelib.core.schemas import Fen, Id, Line, Schema
from chalicelib.mall.identity.addresses.schemas import ReceiverName, ReceiverPhone
from chalicelib.trade.cart.models import MAX_QUANTITY
from chalicelib.trade.orders.models import Fulfillment
from chalicelib.trade.orders.schemas import AdjustmentView, OrderLineView
from chalicelib.trade.pricing.schemas import Choice
from chalicelib.trade.pricing.service import Quote

MAX_ORDER_LINES = 30
Option = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]


class WantedLine(Schema):
    """So many of a SKU."""

    product_id: Id
    sku_id: Id
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]


class Contact(Schema):
    """Who comes to fetch it, or to use it."""

    name: Annotated[ReceiverName, Field(examples=["王小明"])]
    phone: ReceiverPhone


class Preview(Schema):
    """``POST /checkout/preview``. Without ``lines``: what is selected in the cart."""

    lines: Annotated[list[WantedLine], Field(min_length=1, max_length=MAX_ORDER_LINES)] | None = None
    fulfillment: Fulfillment = Fulfillment.PARCEL
    """How the buyer gets it: sent, or fetched at a store; vouchers as codes."""
    address_id: Annotated[Id | None, Field(examples=["adr_01m85mg28xyz"])] = None
    """Where a parcel goes; an order of a parcel needs it."""
    store_id: Id | None = None
    """Where a pickup is fetched; an order of a pickup needs it, and `contact`, which one of vouchers needs too."""
    contact: Contact | None = None
    options: Annotated[dict[Option, Option], Field(max_length=16)] = Field(default_factory=dict)
    """The buyer's choices, by the name of the price step that understands them."""

    @field_validator("lines")
    @classmethod
    def _each_once(cls, lines: list[WantedLine] | None) -> list[WantedLine] | None:
        if lines and len({line.sku_id for line in lines}) != len(lines):
            raise ValueError("name each SKU once")
        return lines


class PlaceOrder(Preview):
    """``POST /orders``."""

    expected_payable_amount: Fen
    """What the preview showed: another price is refused, never charged."""
    remark: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] | None = None
    source: Line | None = None
    """Where the buyer came from (a scene, a channel)."""


class CancelOrder(Schema):
    """``POST /orders/{order_id}/cancel``."""

    reason: Line = "买家取消"


class QuoteView(Schema):
    """What it costs, line by line and reason by reason."""

    lines: list[OrderLineView]
    adjustments: list[AdjustmentView]
    goods_amount: Fen
    discount_amount: Fen
    freight_amount: Fen
    payable_amount: Fen
    advance_amount: Fen
    """Of the payable amount, what was paid before: the rest is what is left to pay."""
    ship_by: datetime | None
    """Promised to leave by then, where that is later than usual."""
    choices: list[Choice]
    """What could be chosen by `options` (coupons, points…), what was, and why not."""

    @classmethod
    def of(cls, quote: Quote) -> QuoteView:
        return cls(
            lines=[OrderLineView.of(line) for line in quote.lines],
            adjustments=[AdjustmentView.of(each) for each in quote.adjustments],
            goods_amount=quote.goods_amount,
            discount_amount=quote.discount_amount,
            freight_amount=quote.freight_amount,
            payable_amount=quote.payable_amount,
            advance_amount=min(quote.advance.amount, quote.payable_amount) if quote.advance else 0,
            ship_by=quote.ship_by,
            choices=quote.choices,
        )
