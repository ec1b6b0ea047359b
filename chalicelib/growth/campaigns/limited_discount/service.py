"""The play: each SKU costs its campaign price, or a rate less. docs/algorithms/campaigns.md, "Limited discount"."""

from __future__ import annotations

from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.prices.service import PricePlay, price_words

NAME = "limited_discount"


class LimitedDiscount(PricePlay):
    """限时折扣."""

    name, title = NAME, "限时折扣"

    def words(self, campaign: Campaign) -> str:
        """``限时8折`` or ``限时价59.00元起``."""
        words = price_words(campaign)
        if words is None:
            return campaign.title
        return f"限时{words}" if words.endswith("折") else f"限时价{words}"
