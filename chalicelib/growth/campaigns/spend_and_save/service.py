"""The play. docs/algorithms/campaigns.md, "Spend and save"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.money import yuan
from chalicelib.growth.campaigns.base.models import EVERYWHERE, Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.base.scopes import service as scopes
from chalicelib.growth.campaigns.spend_and_save.schemas import SpendAndSaveSettings
from chalicelib.mall.catalog.products.models import Product

NAME = "spend_and_save"


class SpendAndSave(Play):
    """满减."""

    name, title = NAME, "满减"
    settings = SpendAndSaveSettings
    needs_items = False

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        scopes.widened(campaign.settings)

    def places(self, campaign: Campaign) -> list[str]:
        return [EVERYWHERE]

    def posted(self, campaign: Campaign, products: Mapping[str, Product]) -> dict[str, Any]:
        return scopes.widened(campaign.settings)

    def words(self, campaign: Campaign) -> str:
        """``满200.00减30.00``."""
        return "，".join(text for _, _, text in tier_texts(SpendAndSaveSettings.model_validate(campaign.settings)))

    def most_off(self, settings: Mapping[str, Any], amount: int) -> int:
        """The best tier's rate: a line never has more than its share."""
        rules = SpendAndSaveSettings.model_validate(settings)
        return max(each.off(each.threshold_amount) * amount // each.threshold_amount for each in rules.tiers)


def tier_texts(rules: SpendAndSaveSettings) -> list[tuple[int, int | None, str]]:
    """(threshold, amount off, what buyers read) of each tier."""
    word = "每满" if rules.times_max > 1 else "满"
    texts = []
    for tier in rules.tiers:
        off = f"减{yuan(tier.off_amount)}" if tier.off_amount is not None else f"减{(tier.off_bps or 0) // 100}%"
        texts.append((tier.threshold_amount, tier.off_amount, f"{word}{yuan(tier.threshold_amount)}{off}"))
    return texts


def steps(rules: SpendAndSaveSettings, amount: int) -> list[tuple[int, int, str]]:
    """What goods of *amount* fen save, step by step: (threshold, what this step adds, what buyers read).

    Taken apart so that a refund loses only the steps that are no longer reached.
    """
    if rules.times_max > 1:
        tier, text = rules.tiers[0], tier_texts(rules)[0][2]
        times = min(amount // tier.threshold_amount, rules.times_max)
        return [(tier.threshold_amount * (n + 1), tier.off(amount), text) for n in range(times)]
    found, before = [], 0
    for tier, (_, _, text) in zip(rules.tiers, tier_texts(rules), strict=True):
        if tier.threshold_amount <= amount:
            more = min(tier.off(amount), amount) - before
            if more > 0:
                found.append((tier.threshold_amount, more, text))
                before += more
    return found
