"""Member prices and exclusive products, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, PageQuery, Schema
from chalicelib.loyalty.membership.schemas import LevelId


class AskPrices(Schema):
    """``GET /me/member-prices``."""

    product_ids: Annotated[list[Id], Field(min_length=1, max_length=30)]


class SkuPrice(Schema):
    """A SKU that costs the member less than others."""

    sku_id: str
    amount: int
    """A unit, fen."""


class MemberPriceView(Schema):
    """A product as the member's level sees it."""

    product_id: str
    skus: list[SkuPrice]
    """Those with a price of their own; the others cost what everybody pays."""
    exclusive_level: str | None
    """It may be bought from this level on; null: by everybody."""
    exclusive_level_name: str | None
    may_buy: bool


class MemberPrices(Schema):
    """What was asked for, by product."""

    level: str
    items: list[MemberPriceView]


class SetExclusive(Schema):
    """``PUT /admin/exclusive-products/{product_id}``."""

    level: LevelId | None
    """From this level on; null: for everybody."""


class ExclusiveView(Schema):
    """A product and from which level on it may be bought; null: by everybody."""

    product_id: str
    level: str | None


class ListExclusives(PageQuery):
    """``GET /admin/exclusive-products``."""

    level: LevelId
