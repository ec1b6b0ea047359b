"""The play. Promise and algorithm: docs/algorithms/lucky-draw.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.models import Campaign, CampaignStatus
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.lucky_draw.schemas import LuckyDrawSettings
from chalicelib.loyalty.coupons.errors import TemplateNotFound
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.loyalty.wallet import service as wallet
from chalicelib.mall.catalog.products.models import Product

NAME = "lucky_draw"
WAYS = ("by_order", "by_campaign_order", "by_share", "by_check_in")


class LuckyDraw(Play):
    """抽奖."""

    name, title = NAME, "抽奖"
    settings = LuckyDrawSettings
    needs_items = False

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """It has no goods, and every prize can be given."""
        if campaign.items:
            raise _invalid("items", "a draw has no goods: prizes stand in the settings")
        if campaign.per_member_max is not None:
            raise _invalid("per_member_max", "a draw has settings.draws_max")
        settings = settings_of(campaign)
        for number, prize in enumerate(settings.prizes):
            if prize.wallet_amount and not wallet.enabled():
                raise _invalid(f"settings.prizes.{number}.wallet_amount", "the shop offers no stored value")
            try:
                rewards.require_sound([prize.reward])
            except TemplateNotFound:
                raise _invalid(f"settings.prizes.{number}.reward.coupon_templates", "no such template") from None

    def places(self, campaign: Campaign) -> list[str]:
        """A board of its own, which what earns chances reads: no basket pays for it."""
        return [NAME]

    def posted(self, campaign: Campaign, products: Mapping[str, Product]) -> dict[str, Any]:
        """How chances are earned."""
        return {way: campaign.settings[way] for way in WAYS if campaign.settings.get(way)}

    def words(self, campaign: Campaign) -> str:
        """``抽奖赢手机、50元券``: at most three of the prizes."""
        wins = [each.title for each in settings_of(campaign).prizes if each.is_win]
        return f"抽奖赢{'、'.join(wins[:3])}" if wins else campaign.title


def settings_of(campaign: Campaign) -> LuckyDrawSettings:
    """The campaign's settings, whole."""
    return LuckyDrawSettings.model_validate(campaign.settings)


def require_draw(campaign: Campaign | None) -> Campaign:
    """:raises CampaignNotFound: none, of another play, or a draft, which buyers do not see."""
    if campaign is None or campaign.play != NAME or campaign.status is CampaignStatus.DRAFT:
        raise CampaignNotFound()
    return campaign


def _invalid(field: str, issue: str) -> Invalid:
    return Invalid(errors=[{"field": field, "issue": issue}])
