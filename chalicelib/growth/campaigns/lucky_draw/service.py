"""The play. Promise and algorithm: docs/algorithms/lucky-draw.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.errors import CampaignNotFound, PiecesGone
from chalicelib.growth.campaigns.base.models import Campaign, CampaignStatus
from chalicelib.growth.campaigns.base.plays.service import Play, Spot
from chalicelib.growth.campaigns.lucky_draw.models import PrizeCount
from chalicelib.growth.campaigns.lucky_draw.schemas import (
    MAX_WALLET_AMOUNT,
    LuckyDrawSettings,
    LuckyDrawTerms,
    Prize,
)
from chalicelib.loyalty.coupons.errors import TemplateNotFound
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.loyalty.wallet import service as wallet
from chalicelib.mall.catalog.products.models import Product

NAME = "lucky_draw"
WAYS = ("by_order", "by_campaign_order", "by_share", "by_check_in")


class LuckyDraw(Play):
    """抽奖."""

    name, title = NAME, "抽奖"
    settings, item_terms = LuckyDrawSettings, LuckyDrawTerms
    needs_items = False

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """Its goods are prizes, and every prize can be given."""
        if campaign.per_member_max is not None:
            raise _invalid("per_member_max", "a draw has settings.draws_max")
        settings = settings_of(campaign)
        _check_goods(campaign, settings, products)
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

    def spot(self, campaign: Campaign, sku_id: str | None, part: str | None) -> Spot:
        """A prize with stock, whether or not it is goods. :raises Invalid:"""
        prize = next((each for each in settings_of(campaign).prizes if each.id == part), None)
        item = next((each for each in campaign.items if each.terms["prize"] == part), None)
        if prize is None or prize.stock is None:
            raise _invalid("part", "a prize with stock")
        if sku_id is not None and (item is None or item.sku_id != sku_id):
            raise _invalid("sku_id", "the prize's, or none")
        return Spot(item, prize.id)

    def recount(self, tx: Transaction, campaign: Campaign, spot: Spot, delta: int, shares: Mapping[str, int]) -> None:
        """How many of it can be given, in the row that guards every draw. :raises PiecesGone: more were given."""
        prize = settings_of(campaign).prize(spot.part)
        stock = (prize.stock or 0) + campaign.added.get(spot.name, 0) + delta
        if stock < 0:
            raise PiecesGone()
        tx.update(
            PrizeCount(campaign_id=campaign.id, id=prize.id),
            [PrizeCount.stock.set(stock), PrizeCount.given.set(PrizeCount.given | 0)],
            only_if=PrizeCount.given.does_not_exist() | (PrizeCount.given <= stock),
            otherwise=PiecesGone(),
        )

    def words(self, campaign: Campaign) -> str:
        """``抽奖赢手机、50元券``: at most three of the prizes."""
        wins = [each.title for each in settings_of(campaign).prizes if each.is_win]
        return f"抽奖赢{'、'.join(wins[:3])}" if wins else campaign.title


def _check_goods(campaign: Campaign, settings: LuckyDrawSettings, products: Mapping[str, Product]) -> None:
    """One item for each prize that is goods, and for no other; so many pieces as the prize has."""
    prizes = {each.id: each for each in settings.prizes if each.goods}
    for number, item in enumerate(campaign.items):
        prize = prizes.pop(str(item.terms["prize"]), None)
        sku = products[item.product_id].sku(item.sku_id)
        if prize is None:
            raise _invalid(f"items.{number}.terms.prize", "a prize with goods, named once")
        if item.stock is None or item.stock != prize.stock:
            raise _invalid(f"items.{number}.stock", f"the prize's: {prize.stock}")
        if item.unit_amount is not None or item.per_member_max is not None:
            raise _invalid(f"items.{number}", "a prize costs nothing, and has its limit in the settings")
        if sku is not None and sku.price_amount > MAX_WALLET_AMOUNT:
            raise _invalid(f"items.{number}.sku_id", f"worth more than {MAX_WALLET_AMOUNT} fen")
    if prizes:
        raise _invalid("items", f"goods for the prizes {', '.join(sorted(prizes))}")


def settings_of(campaign: Campaign) -> LuckyDrawSettings:
    """The campaign's settings, whole."""
    return LuckyDrawSettings.model_validate(campaign.settings)


def stock_of(prize: Prize, count: PrizeCount | None) -> int | None:
    """Pieces of it in all, as they are now; None: any number."""
    return prize.stock if count is None or count.stock is None else count.stock


def require_draw(campaign: Campaign | None) -> Campaign:
    """:raises CampaignNotFound: none, of another play, or a draft, which buyers do not see."""
    if campaign is None or campaign.play != NAME or campaign.status is CampaignStatus.DRAFT:
        raise CampaignNotFound()
    return campaign


def _invalid(field: str, issue: str) -> Invalid:
    return Invalid(errors=[{"field": field, "issue": issue}])
