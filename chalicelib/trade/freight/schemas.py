"""The freight rule as staff see and set it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Fen, Schema
from chalicelib.trade.freight.models import FreightRule

Freight = Annotated[int, Field(ge=0, le=1_000_000, description="Whole fen, at most CNY 10,000.")]


class SetFreight(Schema):
    """``PUT /admin/freight``."""

    flat_amount: Freight
    free_over_amount: Fen | None
    """Goods (after discounts) of at least this travel free; null: never."""


class FreightView(SetFreight):
    updated_at: datetime | None

    @classmethod
    def of(cls, rule: FreightRule) -> FreightView:
        return cls(flat_amount=rule.flat_amount, free_over_amount=rule.free_over_amount, updated_at=rule.updated_at)
