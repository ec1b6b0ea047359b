"""The play: a price for members who have never paid. docs/algorithms/campaigns.md, "First purchase"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.prices.service import PricePlay, price_words
from chalicelib.growth.campaigns.first_purchase.schemas import FirstPurchaseSettings
from chalicelib.mall.identity.members.models import Member

NAME = "first_purchase"


class FirstPurchase(PricePlay):
    """新人专享."""

    name, title = NAME, "新人专享"
    settings = FirstPurchaseSettings
    one_order = True

    def ends_for(self, ends_at: datetime, settings: Mapping[str, Any], member: Member) -> datetime | None:
        """So many hours after registering; not at all for who has paid before."""
        if (member.notices or {}).get("has_paid"):
            return None
        return min(ends_at, member.registered_at + timedelta(hours=settings["within_hours"]))

    def words(self, campaign: Campaign) -> str:
        """``新人首单59.00元起，注册7天内``."""
        days, rest = divmod(campaign.settings["within_hours"], 24)
        span = f"{days * 24 + rest}小时" if rest else f"{days}天"
        return f"新人首单{price_words(campaign) or '优惠'}，注册{span}内"
