"""Blocks of a page, as staff write them and as buyers see them. A page is data: how a block looks is the app's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core.schemas import Count, Id, Moment, PageQuery, Schema
from chalicelib.mall.catalog.schemas import PARAGRAPHS, TEXT, Picture
from chalicelib.mall.storefront.cards.schemas import Brief

MAX_BLOCKS = 30
MAX_PRODUCTS = 100
Title = Annotated[str, Field(max_length=60, pattern=TEXT)]


class Link(Schema):
    """Where a tap leads: to the thing of that id, or to a page of the app."""

    kind: Literal["product", "category", "campaign", "coupon", "store", "page"]
    target: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_\-/?=&.]+$", examples=["prd_1"])]


class Shown(Schema):
    """What is shown for a while only: from, and before. Null: no bound on that side."""

    show_from: Moment | None = None
    show_until: Moment | None = None

    @model_validator(mode="after")
    def _span(self) -> Shown:
        if self.show_from and self.show_until and self.show_from >= self.show_until:
            raise ValueError("show_from is before show_until")
        return self

    def is_shown(self, now: datetime) -> bool:
        """Whether it is shown at that moment."""
        return (self.show_from is None or self.show_from <= now) and (self.show_until is None or now < self.show_until)


class Slide(Shown):
    """A picture of a banner."""

    picture: Picture
    title: Title = ""
    link: Link | None = None


class Banner(Shown):
    """Pictures one after the other."""

    type: Literal["banner"]
    slides: Annotated[list[Slide], Field(min_length=1, max_length=10)]


class Products(Shown):
    """Chosen products, in this order."""

    type: Literal["products"]
    title: Title = ""
    style: Literal["grid", "row", "list"] = "grid"
    product_ids: Annotated[list[Id], Field(min_length=1, max_length=30)]


class Coupons(Shown):
    """Coupons that can be claimed."""

    type: Literal["coupons"]
    title: Title = ""
    template_ids: Annotated[list[Id], Field(min_length=1, max_length=10)]


class Campaign(Shown):
    """What a campaign offers."""

    type: Literal["campaign"]
    title: Title = ""
    campaign_id: Id


class Text(Shown):
    """Plain text; a line break is a paragraph."""

    type: Literal["text"]
    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=PARAGRAPHS)]


class Image(Shown):
    """A picture by itself."""

    type: Literal["image"]
    picture: Picture
    link: Link | None = None


Block = Annotated[Banner | Products | Coupons | Campaign | Text | Image, Field(discriminator="type")]


class ProductsView(Schema):
    """Chosen products that can be bought now."""

    type: Literal["products"] = "products"
    title: str
    style: str
    items: list[Brief]


BlockView = Annotated[Banner | ProductsView | Coupons | Campaign | Text | Image, Field(discriminator="type")]


class LayoutView(Schema):
    """A page as buyers see it: only what is shown now."""

    store_id: str | None
    """Whose page it is; null: the mall's."""
    number: int
    """Which edition of it."""
    blocks: list[BlockView]


class EditLayout(Schema):
    """``PUT /admin/layouts/{scope}``: the draft whole."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"version": 0, "blocks": [{"type": "text", "text": "周末全店九折"}]}]}
    )

    blocks: Annotated[list[Block], Field(max_length=MAX_BLOCKS)]
    version: Count
    """The draft's version that was read; 0: there is none yet."""

    @model_validator(mode="after")
    def _bounded(self) -> EditLayout:
        if sum(len(each.product_ids) for each in self.blocks if isinstance(each, Products)) > MAX_PRODUCTS:
            raise ValueError(f"more than {MAX_PRODUCTS} products on a page")
        return self


class PublishLayout(Schema):
    """``POST /admin/layouts/{scope}/publish``."""

    version: Annotated[int, Field(ge=1, le=1_000_000_000)]
    """The draft's version that was looked at."""


class RestoreLayout(Schema):
    """``POST /admin/layouts/{scope}/restore``: buyers see that edition again."""

    number: Annotated[int, Field(ge=1, le=1_000_000_000)]


class ListEditions(PageQuery):
    """``GET /admin/layouts/{scope}/editions``."""


class DraftView(Schema):
    """A draft, and what of it buyers see."""

    scope: str
    """``mall``, or a store's id."""
    blocks: list[Block]
    version: int
    live_number: int | None
    """The edition that buyers see; null: none, they see the mall's."""
    is_published: bool
    """Whether the draft, as it is, was published last."""


class EditionView(Schema):
    """A page as it was published once."""

    number: int
    blocks: list[Block]
    published_at: datetime
    published_by: str
