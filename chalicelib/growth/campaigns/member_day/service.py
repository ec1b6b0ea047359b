"""The play: days of the calendar that give members more. docs/algorithms/campaigns.md, "Member day"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.growth.campaigns.base.models import EVERYWHERE, MALL, Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.base.scopes import service as scopes
from chalicelib.growth.campaigns.member_day.schemas import MemberDaySettings
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.orders.models import Order

NAME = "member_day"
POINTS = "member_day_points"
"""The kind of the adjustment, of nothing, that says by which campaign an order's points are multiplied."""
WEEKDAYS = "一二三四五六日"


class MemberDay(Play):
    """会员日."""

    name, title = NAME, "会员日"
    settings = MemberDaySettings
    needs_items = False

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """Its goods are the scope's. :raises Invalid:"""
        scopes.widened(campaign.settings)
        if campaign.items:
            raise Invalid(errors=[{"field": "items", "issue": "a member day names its goods by settings.scope"}])

    def places(self, campaign: Campaign) -> list[str]:
        return [EVERYWHERE]

    def posted(self, campaign: Campaign, products: Mapping[str, Product]) -> dict[str, Any]:
        return scopes.widened(campaign.settings)

    def words(self, campaign: Campaign) -> str:
        """``每月8日、18日，每周五会员日``."""
        settings, parts = campaign.settings, []
        if settings["month_days"]:
            parts.append("每月" + "、".join(f"{each}日" for each in sorted(settings["month_days"])))
        if settings["weekdays"]:
            parts.append("每周" + "、".join(WEEKDAYS[each - 1] for each in sorted(settings["weekdays"])))
        parts += [f"{int(each[5:7])}月{int(each[8:])}日" for each in sorted(settings["dates"])[:3]]
        return "，".join(parts) + "会员日"


def is_day(settings: Mapping[str, Any], day: date) -> bool:
    """Whether the business day is one of those named."""
    named = (day.day, settings["month_days"]), (day.isoweekday(), settings["weekdays"]), (str(day), settings["dates"])
    return any(each in days for each, days in named)


def off_for(settings: Mapping[str, Any], member: Member | None) -> int | None:
    """The rate that the member's level takes off; None: no lower price."""
    level = (member.notices or {}).get("level") if member is not None else None
    found: int | None = settings["level_off_bps"].get(level, settings["off_bps"])
    return found


def multiplier(order: Order) -> int | None:
    """What the order's points are multiplied by, in 1/10,000; None: it is of no such day. Registered with points.

    The campaign says it: what was once scheduled is never edited.
    """
    for each in order.adjustments:
        if each.kind == POINTS:
            campaign = Campaign.find(MALL, each.source_id)
            found: int | None = campaign.settings["points_bps"] if campaign is not None else None
            return found
    return None
