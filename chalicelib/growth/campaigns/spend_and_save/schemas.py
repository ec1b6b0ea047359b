"""What staff set of spend-and-save."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.coupons.schemas import Price, Scope
from chalicelib.trade.pricing.schemas import BelowThreshold


class Tier(Schema):
    """From ``threshold_amount`` on: an amount off, or a rate."""

    threshold_amount: Price
    off_amount: Price | None = None
    off_bps: Annotated[int, Field(gt=0, lt=10_000, examples=[1000])] | None = None

    @model_validator(mode="after")
    def _one(self) -> Tier:
        if (self.off_amount is None) == (self.off_bps is None):
            raise ValueError("off_amount or off_bps")
        if self.off_amount is not None and self.off_amount > self.threshold_amount:
            raise ValueError("off_amount is at most threshold_amount")
        return self

    def off(self, amount: int) -> int:
        """Taken off goods of *amount* fen, which reach the tier."""
        return self.off_amount if self.off_amount is not None else (amount * (self.off_bps or 0) + 5_000) // 10_000


class SpendAndSaveSettings(Schema):
    """Tiers, of which the highest reached counts; or one tier again and again (``times_max``)."""

    scope: Scope = Scope()
    tiers: Annotated[
        list[Tier], Field(min_length=1, max_length=5, examples=[[{"threshold_amount": 20_000, "off_amount": 3000}]])
    ]
    times_max: Annotated[int, Field(ge=1, le=20)] = 1
    """每满: how often the one tier counts in an order."""
    below_threshold: BelowThreshold = BelowThreshold.DEDUCT
    """What becomes of it when pieces go back and the rest does not reach the tier."""

    @model_validator(mode="after")
    def _climbing(self) -> SpendAndSaveSettings:
        for low, high in pairwise(self.tiers):
            top = high.threshold_amount
            if low.threshold_amount >= top or low.off(top) >= high.off(top):
                raise ValueError("each tier asks for more than the one before it, and gives more")
        if self.times_max > 1 and (len(self.tiers) > 1 or self.tiers[0].off_amount is None):
            raise ValueError("times_max is for one tier with off_amount")
        return self
