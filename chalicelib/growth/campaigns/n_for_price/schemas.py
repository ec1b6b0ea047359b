"""What staff set of N-for-a-price."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.coupons.schemas import Price
from chalicelib.trade.pricing.schemas import BelowThreshold


class NForPriceSettings(Schema):
    """``3 件 99 元``, or ``第 2 件半价``; the SKUs of the campaign may be mixed."""

    pieces: Annotated[int, Field(ge=2, le=20, examples=[3])]
    amount: Price | None = None
    """What the pieces cost together."""
    nth_off_bps: Annotated[int, Field(gt=0, le=10_000)] | None = None
    """Taken off the cheapest of the pieces; 半价 is 5000."""
    times_max: Annotated[int, Field(ge=1, le=20)] = 10
    """Sets in an order."""
    below_threshold: BelowThreshold = BelowThreshold.DEDUCT

    @model_validator(mode="after")
    def _one(self) -> NForPriceSettings:
        if (self.amount is None) == (self.nth_off_bps is None):
            raise ValueError("amount or nth_off_bps")
        return self
