"""Items of the points mall, in and out."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core.schemas import Count, Fen, Id, Line, Schema
from chalicelib.loyalty.points.models import Item, ItemKind

Picture = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^https?://[^\s]+$")]


EXAMPLE: dict[str, Any] = {
    "kind": "coupon",
    "title": "满100减20",
    "template_id": "cpt_01m85mg28xyz",
    "points": 500,
    "stock": 100,
}


class ItemFields(Schema):
    """What staff decide of an item."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    kind: ItemKind
    title: Line
    picture: Picture | None = None
    template_id: Id | None = None
    """A coupon's template; for ``coupon``."""
    product_id: Id | None = None
    sku_id: Id | None = None
    """The goods; for ``goods``."""
    points: Annotated[int, Field(ge=1, le=100_000_000)]
    amount: Fen = 0
    """Money beside the points, per piece; for ``goods``."""
    stock: Count
    per_member_limit: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    active: bool = False

    @model_validator(mode="after")
    def _whole(self) -> ItemFields:
        coupon = self.kind is ItemKind.COUPON
        if coupon != (self.template_id is not None) or coupon == (self.product_id is not None):
            raise ValueError("a coupon has template_id, goods have product_id and sku_id")
        if (self.product_id is None) != (self.sku_id is None):
            raise ValueError("product_id and sku_id go together")
        if coupon and self.amount:
            raise ValueError("a coupon costs points only")
        return self


class EditItem(ItemFields):
    """``PUT /admin/points-items/{item_id}``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, "version": 1}]})

    version: Annotated[int, Field(ge=1)]


class ItemView(Schema):
    """An item as staff see it."""

    id: Id
    kind: ItemKind
    title: str
    picture: str | None
    template_id: str | None
    product_id: str | None
    sku_id: str | None
    points: int
    amount: Fen
    stock: int
    per_member_limit: int
    active: bool
    version: int

    @classmethod
    def of(cls, item: Item) -> ItemView:
        return cls(**{name: getattr(item, name) for name in cls.model_fields})


class Items(Schema):
    items: list[ItemView]


class MallItem(ItemView):
    """An item as buyers see it."""

    exchanged: int
    """How many I have had."""

    @classmethod
    def of(cls, item: Item, exchanged: int = 0) -> MallItem:
        return cls(**ItemView.of(item).model_dump(), exchanged=exchanged)


class MallItems(Schema):
    items: list[MallItem]


class ExchangeView(Schema):
    """What came of an exchange."""

    coupon_id: Id
