"""The cart as buyers change and see it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Fen, Id, Schema
from chalicelib.trade.cart.models import MAX_LINES, MAX_QUANTITY

Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY)]


class Trouble(StrEnum):
    """Why a line can not be ordered as it is."""

    UNLISTED = "unlisted"
    """The product is not for sale (any more, or yet)."""
    SKU_GONE = "sku_gone"
    OUT_OF_STOCK = "out_of_stock"
    INSUFFICIENT_STOCK = "insufficient_stock"
    """Some are left, fewer than wanted."""
    OVER_ORDER_LIMIT = "over_order_limit"
    UNDER_MINIMUM = "under_minimum"


class AddItem(Schema):
    """``POST /cart/items``."""

    product_id: Id
    sku_id: Id
    quantity: Quantity = 1


class ChangeItem(Schema):
    """``PATCH /cart/items/{sku_id}``: a field left out stays."""

    quantity: Quantity | None = None
    selected: bool | None = None


class RemoveItems(Schema):
    """``POST /cart/remove``."""

    sku_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_LINES)]


class SelectAll(Schema):
    """``PUT /cart/selection``: every line at once."""

    selected: bool


class CartSummary(Schema):
    """What the badge on the tab bar shows."""

    line_count: int
    quantity: int


class CartLineView(Schema):
    """A line with today's price and stock."""

    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    quantity: int
    selected: bool
    unit_amount: Fen
    """The catalog's price; where only a campaign has pieces left, the campaign's."""
    market_amount: Fen | None
    """The struck-through price, if there is one."""
    seen_amount: Fen
    """The unit price when it was put in."""
    available: int
    """Pieces left, as far as this line cares (at most 999)."""
    added_at: datetime
    trouble: Trouble | None


class CartView(Schema):
    """``items`` can be ordered; ``invalid`` can not, as they are, and each says why."""

    items: list[CartLineView]
    invalid: list[CartLineView]
    selected_quantity: int
    selected_goods_amount: int
    """Before discounts and freight: ask for a preview."""
