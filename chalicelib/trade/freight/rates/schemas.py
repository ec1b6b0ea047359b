"""What freight costs somewhere: stored as staff write it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Fen, Schema
from chalicelib.mall.identity.regions.schemas import RegionCode

Freight = Annotated[int, Field(ge=0, le=1_000_000, description="Whole fen, at most CNY 10,000.", examples=[1000])]
Units = Annotated[int, Field(ge=1, le=1_000_000_000)]


class Charging(StrEnum):
    """What is counted: pieces, grams, or milliliters."""

    PIECE = "piece"
    WEIGHT = "weight"
    VOLUME = "volume"


class Rates(Schema):
    """So much for the first units, so much for each further so many, begun ones too; free from something on."""

    first_units: Units
    """Pieces, grams or milliliters that the first amount pays for."""
    first_amount: Freight
    further_units: Units
    further_amount: Freight
    free_over_amount: Fen | None = None
    """Free when the goods (after discounts) cost at least this."""
    free_over_pieces: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Free when there are at least so many pieces."""
    free_needs_both: bool = False
    """Free only when both are reached; else either is enough."""

    @model_validator(mode="after")
    def _both_are_there(self) -> Rates:
        if self.free_needs_both and (self.free_over_amount is None or self.free_over_pieces is None):
            raise ValueError("free_needs_both needs free_over_amount and free_over_pieces")
        return self

    def amount(self, units: int) -> int:
        """What *units* cost, fen; a begun further step costs as a whole one."""
        further = max(units - self.first_units, 0)
        return self.first_amount + -(-further // self.further_units) * self.further_amount

    def is_free(self, goods_amount: int, pieces: int) -> bool:
        """Whether goods of *goods_amount* fen in so many pieces travel free."""
        reached = []
        if self.free_over_amount is not None:
            reached.append(goods_amount >= self.free_over_amount)
        if self.free_over_pieces is not None:
            reached.append(pieces >= self.free_over_pieces)
        return all(reached) if self.free_needs_both else any(reached)


class RegionRates(Rates):
    """The rates of some regions."""

    regions: Annotated[list[RegionCode], Field(min_length=1, max_length=3_500)]
    """Provinces, cities or counties."""
