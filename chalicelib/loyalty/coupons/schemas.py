"""The terms of a coupon: what its holder was promised. A copy goes with each coupon and is never changed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.money import MAX_AMOUNT, apply_bps
from chalicelib.core.schemas import Fen, Id, Moment, Schema
from chalicelib.trade.pricing.schemas import BelowThreshold

Price = Annotated[int, Field(gt=0, le=MAX_AMOUNT, description="Whole fen, more than nothing.", examples=[2000])]


class Kind(StrEnum):
    """What a coupon takes off. See docs/algorithms/coupons.md."""

    CASH = "cash"
    PERCENT = "percent"
    FREE_SHIPPING = "free_shipping"
    GIFT = "gift"


class Companion(StrEnum):
    """What a coupon may be unwilling to go with, on the same line."""

    CAMPAIGN = "campaign"
    MEMBER_PRICE = "member_price"
    POINTS = "points"


class Scope(Schema):
    """Which goods: everything when nothing is named. Categories cover all below them."""

    product_ids: Annotated[list[Id], Field(max_length=50)] = []
    category_ids: Annotated[list[Id], Field(max_length=20)] = []
    brand_ids: Annotated[list[Id], Field(max_length=20)] = []
    excluded_product_ids: Annotated[list[Id], Field(max_length=50)] = []
    below_category_ids: Annotated[list[Id], Field(max_length=1000)] = []
    """All categories below the named ones, as they were when the template was written: the mall fills it in."""

    @property
    def is_everything(self) -> bool:
        return not (self.product_ids or self.category_ids or self.brand_ids)

    def covers(self, product_id: str, category_id: str, brand_id: str) -> bool:
        """Whether such goods are meant."""
        if product_id in self.excluded_product_ids:
            return False
        named = product_id in self.product_ids or brand_id in self.brand_ids
        return self.is_everything or named or category_id in (*self.category_ids, *self.below_category_ids)


class Terms(Schema):
    """What is promised. ``off_amount`` for cash, ``off_bps`` for percent; a gift and free shipping need neither."""

    kind: Kind
    off_amount: Price | None = None
    off_bps: Annotated[int, Field(gt=0, le=10_000, examples=[1000])] | None = None
    """Taken off, in 1/10,000: 九折 is 1000."""
    cap_amount: Price | None = None
    """It takes off no more than this (percent, free shipping)."""
    threshold_amount: Fen = 0
    """What the covered goods must cost."""
    scope: Scope = Scope()
    valid_from: Moment | None = None
    """Fixed validity, with ``valid_until``…"""
    valid_until: Moment | None = None
    valid_days: Annotated[int, Field(ge=1, le=730)] | None = None
    """…or so many days from claiming, to the end of the last business day."""
    delay_days: Annotated[int, Field(ge=0, le=90)] = 0
    """Relative validity begins so many days after claiming."""
    exclusive_with: Annotated[list[Companion], Field(max_length=3)] = []
    transferable: bool = False
    below_threshold: BelowThreshold = BelowThreshold.DEDUCT

    def off(self, base: int) -> int:
        """What it takes off goods of *base* fen: never more than they cost, nor than its cap."""
        wanted = self.off_amount if self.off_amount is not None else apply_bps(base, self.off_bps or 0)
        return min(wanted, base, self.cap_amount or base)

    @model_validator(mode="after")
    def _whole(self) -> Terms:
        if (self.kind is Kind.CASH) != (self.off_amount is not None):
            raise ValueError("off_amount is needed for cash, and only for cash")
        if (self.kind is Kind.PERCENT) != (self.off_bps is not None):
            raise ValueError("off_bps is needed for percent, and only for percent")
        if self.cap_amount is not None and self.kind not in (Kind.PERCENT, Kind.FREE_SHIPPING):
            raise ValueError("cap_amount is for percent and free_shipping")
        if self.valid_days is not None:
            if self.valid_from is not None or self.valid_until is not None:
                raise ValueError("validity is fixed (valid_from, valid_until) or relative (valid_days)")
        elif self.valid_from is None or self.valid_until is None or self.valid_from >= self.valid_until:
            raise ValueError("valid_from is before valid_until; or give valid_days")
        return self
