"""What staff set of free shipping."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Fen, Schema
from chalicelib.loyalty.coupons.schemas import Price, Scope

Region = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$", examples=["330000"])]


class FreeShippingSettings(Schema):
    """Goods of the scope worth ``threshold_amount`` travel free, whole or up to ``cap_amount``."""

    scope: Scope = Scope()
    threshold_amount: Fen = 0
    cap_amount: Price | None = None
    """It takes off no more than this of the freight."""
    regions: Annotated[list[Region], Field(max_length=100)] = []
    """Only to these (province, city or county); empty: everywhere."""
    excluded_regions: Annotated[list[Region], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _apart(self) -> FreeShippingSettings:
        if {*self.regions} & {*self.excluded_regions}:
            raise ValueError("a region is named once")
        return self
