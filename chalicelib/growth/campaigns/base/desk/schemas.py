"""Campaigns as staff write and see them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core.schemas import Day, Id, Line, Moment, PageQuery, Schema
from chalicelib.growth.campaigns.base.models import Campaign, CampaignStatus, Phase
from chalicelib.growth.campaigns.base.profit.schemas import Margin
from chalicelib.growth.campaigns.base.schemas import MAX_ITEMS, CampaignItem, Pieces, Terms

Url = Annotated[str, Field(max_length=500, pattern=r"^https://[^\s\x00-\x1f]+$", examples=["https://media.test/a.png"])]
LONGEST = timedelta(days=366)

EXAMPLE: dict[str, Any] = {
    "play": "limited_discount",
    "title": "周末限时折扣",
    "starts_at": "2026-11-28T00:00:00+08:00",
    "ends_at": "2026-11-30T00:00:00+08:00",
    "items": [
        {"product_id": "prd_01m85mg28xyz", "sku_id": "sku_01m85mg28xyz", "unit_amount": 7900, "per_member_max": 2}
    ],
}


class CampaignFields(Schema):
    """What staff decide; ``settings`` and the ``terms`` of items are the play's: `GET /admin/campaign-plays`."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    play: Id
    title: Line
    picture: Url | None = None
    starts_at: Moment
    ends_at: Moment
    """The first moment at which it no longer runs."""
    segment_id: Id | None = None
    """Only for members of this segment."""
    per_member_max: Pieces | None = None
    """Pieces of all its SKUs together, by a member, over the whole campaign."""
    remind_minutes: Annotated[int, Field(ge=1, le=1440)] = 5
    """How long before it begins members are told who asked for it; from then on nobody can ask."""
    not_with: Annotated[list[Id], Field(max_length=5)] = []
    """Kinds of discounts that do not go with it on the same goods: `coupon`, `points`…"""
    settings: Terms = {}
    items: Annotated[list[CampaignItem], Field(max_length=MAX_ITEMS)] = []

    @model_validator(mode="after")
    def _whole(self) -> CampaignFields:
        if not timedelta() < self.ends_at - self.starts_at <= LONGEST:
            raise ValueError("ends_at is after starts_at, and at most 366 days after it")
        if len({each.sku_id for each in self.items}) != len(self.items):
            raise ValueError("name each SKU once")
        return self


class EditCampaign(CampaignFields):
    """``PUT /admin/campaigns/{campaign_id}``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, "version": 1}]})

    version: Annotated[int, Field(ge=1)]


class Step(StrEnum):
    """What staff may do with a campaign; it opens and ends by itself."""

    SCHEDULE = "schedule"
    WITHDRAW = "withdraw"
    """Before it begins: a draft again."""
    STOP = "stop"
    """While it runs. Of one that is over: give back what came back to it since."""


class TakeStep(Schema):
    """``POST /admin/campaigns/{campaign_id}/steps``."""

    step: Step
    version: Annotated[int, Field(ge=1)]
    allow_below_cost: bool = False
    """Schedule it though its goods may sell below cost. Needs the permission `campaigns.below_cost`."""


class ListCampaigns(PageQuery):
    """``GET /admin/campaigns``."""

    phase: Phase | None = None
    play: Id | None = None


class AskCalendar(Schema):
    """``GET /admin/campaign-calendar``: business days, both included."""

    from_day: Day
    to_day: Day

    @model_validator(mode="after")
    def _bounded(self) -> AskCalendar:
        if not 0 <= (self.to_day - self.from_day).days < 92:
            raise ValueError("from_day to to_day is 1 to 92 days")
        return self


class CampaignRow(Schema):
    """A campaign in a list."""

    id: str
    play: str
    title: str
    status: CampaignStatus
    """By the clock."""
    phase: Phase
    starts_at: datetime
    ends_at: datetime
    over_at: datetime | None
    segment_id: str | None
    item_count: int
    version: int
    created_at: datetime

    @classmethod
    def of(cls, campaign: Campaign, now: datetime) -> CampaignRow:
        return cls(**row(campaign, now))


def row(campaign: Campaign, now: datetime) -> dict[str, Any]:
    """The fields of :class:`CampaignRow`."""
    names = ("id", "play", "title", "phase", "starts_at", "ends_at", "over_at", "segment_id", "version", "created_at")
    same = {name: getattr(campaign, name) for name in names}
    return {**same, "status": campaign.status_at(now), "item_count": len(campaign.items)}


class Calendar(Schema):
    """What runs on some days, by its beginning."""

    items: list[CampaignRow]


class Clash(Schema):
    """Another campaign with the same SKU in an overlapping window."""

    campaign_id: str
    play: str
    title: str
    sku_id: str
    refused: bool
    """Both are of the same play and name a price: scheduling is refused. Else the buyer gets the better one."""


class StockLeft(Schema):
    """Pieces set aside for a SKU."""

    sku_id: str
    set_aside: int
    """All that it has had; what staff added or took out since is in it."""
    left: int


class CampaignDetail(CampaignRow):
    """A campaign whole."""

    picture: str | None
    words: str
    """What buyers read."""
    per_member_max: int | None
    remind_minutes: int
    not_with: list[str]
    settings: Terms
    items: list[CampaignItem]
    stocks: list[StockLeft]
    clashes: list[Clash]
    below_cost: bool
    """Somebody who may has allowed that it sells below cost."""
    margins: list[Margin]
    """Each SKU at its worst, after every benefit that goes with it."""


class PlayView(Schema):
    """A sort of campaign, with the JSON schemas of what it asks for."""

    name: str
    title: str
    needs_items: bool
    settings: dict[str, Any]
    item_terms: dict[str, Any]


class PlaysView(Schema):
    items: list[PlayView]
