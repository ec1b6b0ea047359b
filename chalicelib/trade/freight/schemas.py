"""The freight rule as staff see and set it, and a basket to try it on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Fen, Id, Schema
from chalicelib.mall.identity.regions.schemas import RegionCode
from chalicelib.trade.freight.models import FreightRule
from chalicelib.trade.freight.rates.schemas import Freight
from chalicelib.trade.pricing.schemas import Adjustment

MAX_TRIED = 30


class SetFreight(Schema):
    """``PUT /admin/freight``."""

    flat_amount: Freight
    free_over_amount: Fen | None
    """Goods (after discounts) of at least this travel free; null: never."""
    default_template_id: Id | None = None
    """How products travel that name no template; null: by this flat rule."""


class FreightView(SetFreight):
    updated_at: datetime | None

    @classmethod
    def of(cls, rule: FreightRule) -> FreightView:
        return cls(**{name: getattr(rule, name) for name in cls.model_fields})


class TriedLine(Schema):
    """So many of a SKU."""

    product_id: Id
    sku_id: Id
    quantity: Annotated[int, Field(ge=1, le=999)]


class TryFreight(Schema):
    """``POST /admin/freight/try-out``: what would this basket cost to bring there?"""

    lines: Annotated[list[TriedLine], Field(min_length=1, max_length=MAX_TRIED)]
    region_code: RegionCode | None = None
    """The district of the address; null: as in a preview without address."""


class TriedView(Schema):
    """The freight, at the catalog's prices without discounts."""

    freight_amount: Fen
    adjustments: list[Adjustment]
    undeliverable: list[str]
    """SKUs that do not go there; if there are any, nothing else is computed."""
