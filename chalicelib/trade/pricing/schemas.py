"""The documents of a price: they are computed once, shown, stored on the order, and read by refunds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Count, Fen, Id, Schema

SignedFen = Annotated[int, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]


class Target(StrEnum):
    """What an adjustment changes."""

    GOODS = "goods"
    FREIGHT = "freight"


class Adjustment(Schema):
    """One reason why the price is what it is. ``shares`` sum to ``amount``, one per line, in order."""

    kind: str
    """Which adjuster: ``freight``, ``coupon``…"""
    source_id: str = ""
    """The rule, coupon or campaign it comes from."""
    title: str
    """What the buyer reads."""
    target: Target
    amount: SignedFen
    """Negative: a discount. Positive: a charge."""
    shares: list[SignedFen]


class PricedLine(Schema):
    """A line of a basket with its price. Amounts are of the whole line unless named ``unit``."""

    product_id: Id
    sku_id: Id
    stock_owner: Id
    """With ``sku_id``, the stock key: the product, or a campaign that set stock aside."""
    name: str
    spec: str
    """``颜色:白 尺寸:M``."""
    picture: str
    category_id: str = ""
    brand_id: str = ""
    quantity: Count
    unit_amount: Fen
    goods_amount: Annotated[int, Field(ge=0)]
    """``unit_amount`` times ``quantity``. Unbounded here: the quote refuses what is too large, and says so."""
    payable_amount: Fen = 0
    """Goods of this line after its share of every adjustment to goods."""
    freight_amount: Fen = 0
    """This line's share of the freight."""
    weight_grams: Count = 0
    volume_ml: Count = 0
    counts_to_limit: bool = False
    """Whether its pieces were counted against the member's limit, and must be given back there."""
