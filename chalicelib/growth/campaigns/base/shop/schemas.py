"""Campaigns as buyers see them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from chalicelib.core.schemas import Id, PageQuery, Schema
from chalicelib.growth.campaigns.base.models import CampaignStatus
from chalicelib.growth.campaigns.base.schemas import Terms


class ListOpen(PageQuery):
    """``GET /campaigns``."""

    play: Id | None = None
    status: Literal["running", "scheduled"] = "running"
    """Those that run, or those to come."""


class CampaignCard(Schema):
    """A campaign in a list."""

    id: str
    play: str
    title: str
    words: str
    """What it gives, in one line."""
    picture: str | None
    status: CampaignStatus
    starts_at: datetime
    ends_at: datetime
    for_me: bool
    """Whether it is open to me, or will be; of one for everybody always true."""
    my_ends_at: datetime | None
    """When it ends for me, for a countdown: by a time of my own where the play gives each member one; null: it is not
    for me."""
    reminded: list[str]
    """What I asked to be told of: sessions; `""` is the campaign itself, and all that a list tells."""


class GoodsView(Schema):
    """A SKU of the campaign, with the catalog's price beside its own."""

    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    price_amount: int | None
    """Null while the play hides prices."""
    unit_amount: int | None
    """The campaign's price; null where the play makes it in another way, or hides it."""
    left: int | None
    """Pieces left of those set aside; null: it sells from the product's own stock, or the play tells it elsewhere."""
    per_member_max: int | None
    mine: int
    """Pieces I have had of it."""
    terms: Terms


class CampaignPage(CampaignCard):
    """A campaign whole."""

    now: datetime
    """The mall's clock, for countdowns."""
    per_member_max: int | None
    settings: Terms
    reminder_count: int | None
    """How many asked to be told when it begins; null: the play does not show it."""
    goods: list[GoodsView]


class ProductCampaign(Schema):
    """A campaign that a product takes part in: running, or to come."""

    id: str
    play: str
    title: str
    status: CampaignStatus
    starts_at: datetime
    ends_at: datetime
    unit_amounts: dict[str, int]
    """The campaign's price by SKU, where it names one and does not hide it."""
    sold_out: list[str]
    """SKUs whose pieces set aside are gone."""
    settings: Terms


class ProductCampaigns(Schema):
    """Campaigns of a product."""

    now: datetime
    items: list[ProductCampaign]
