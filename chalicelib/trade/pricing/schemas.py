"""The documents of a price: they are computed once, shown, stored on the order, and read by refunds.

Orders leave out the fields that have their default (``sparse``): a default of an adjustment or a line never changes.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Count, Fen, Id, Schema
from chalicelib.mall.catalog.products.models import ProductKind, VoucherTerms

SignedFen = Annotated[int, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]


class Target(StrEnum):
    """What an adjustment changes."""

    GOODS = "goods"
    FREIGHT = "freight"


class BelowThreshold(StrEnum):
    """Buy six for the discount, give back five: what then?"""

    KEEP = "keep"
    """The pieces that stay keep their share."""
    DEDUCT = "deduct"
    """The pieces that stay cost what they would have cost without it; the difference comes off the refund."""


class Adjustment(Schema):
    """One reason why the price is what it is. ``shares`` sum to ``amount``, one per line, in order."""

    kind: str
    """Which adjuster: ``freight``, ``coupon``…"""
    group: str = ""
    """What it is one of, for exclusions: ``campaign``; empty: its kind alone."""
    excludes: list[str] = []
    """Kinds and groups that later steps do not add to the lines that have a share of it."""
    source_id: str = ""
    """The rule, coupon or campaign it comes from."""
    title: str
    """What the buyer reads."""
    target: Target
    amount: SignedFen
    """Negative: a discount. Positive: a charge."""
    shares: list[SignedFen]
    threshold_amount: Fen = 0
    """What the lines with a share of it had to cost for it to apply."""
    below_threshold: BelowThreshold = BelowThreshold.KEEP
    """What becomes of it when, after a refund, the pieces that stay cost less."""
    counted: list[SignedFen] = []
    """What of each line counted towards the threshold, in its unit (fen, or pieces); empty: what the lines with a
    share cost then."""


class Choice(Schema):
    """Something that the buyer could choose for this basket, or why not: a coupon, the points."""

    kind: str
    """The price step whose option it is: the name in ``options``."""
    id: str
    """The value of that option."""
    title: str
    usable: bool
    chosen: bool = False
    saved_amount: Fen = 0
    """What it takes off, or would."""
    reason: str = ""
    """Why it can not be used, for people."""


class Advance(Schema):
    """Money that came before the order, as a purchase of its own (payments/purchases), and counts as paid for it."""

    purchase_id: Id
    amount: Fen


class PriceOffer(Schema):
    """Another price for one line. The best one of a line wins, unless the buyer names a kind or source."""

    line: Count
    kind: str
    group: str = ""
    excludes: list[str] = []
    source_id: str = ""
    title: str
    unit_amount: Fen
    stock_owner: Id | None = None
    """Whose pieces are sold at this price; None: the line's own."""
    binding: bool = False
    """The line can be had at this price alone: it goes before lower ones, unless the buyer names another."""
    advance: Advance | None = None
    """What was paid for it before; no two offers of a basket that are taken have one."""
    ship_by: datetime | None = None
    """At this price the goods may leave later than the mall promises otherwise, until then."""


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
    cost_amount: Fen | None = None
    """What one unit costs the shop; for staff only."""
    prices: dict[str, Fen] = {}
    """The SKU's further prices by name."""
    goods_amount: Annotated[int, Field(ge=0)]
    """``unit_amount`` times ``quantity``. Unbounded here: the quote refuses what is too large, and says so."""
    payable_amount: Fen = 0
    """Goods of this line after its share of every adjustment to goods."""
    freight_amount: Fen = 0
    """This line's share of the freight."""
    weight_grams: Count = 0
    volume_ml: Count = 0
    freight_template_id: str = ""
    """How it travels; empty: by the mall's default."""
    ship_by: datetime | None = None
    """Promised to leave by then; None: as soon as the mall always does."""
    kind: ProductKind = ProductKind.GOODS
    """What the buyer gets of it."""
    voucher: VoucherTerms | None = None
    """How its vouchers are used, as it was promised; of vouchers only."""
    given: bool = False
    """A price step added it, the buyer did not ask for it: it costs no freight and leaves the cart alone."""
    counts_to_limit: bool = False
    """Whether its pieces were counted against the member's limit, and must be given back there."""
