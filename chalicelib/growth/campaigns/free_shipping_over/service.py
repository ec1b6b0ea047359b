"""The play. docs/algorithms/campaigns.md, "Free shipping"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.money import yuan
from chalicelib.growth.campaigns.base.models import EVERYWHERE, Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.base.scopes import service as scopes
from chalicelib.growth.campaigns.free_shipping_over.schemas import FreeShippingSettings
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.regions import service as regions

NAME = "free_shipping_over"


class FreeShipping(Play):
    """满额包邮."""

    name, title = NAME, "满额包邮"
    settings = FreeShippingSettings
    needs_items = False

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        scopes.widened(campaign.settings)
        known = regions.names()
        for field in ("regions", "excluded_regions"):
            if unknown := [code for code in campaign.settings[field] if code not in known]:
                issue = f"no such region: {', '.join(unknown[:10])}"
                raise Invalid(errors=[{"field": f"settings.{field}", "issue": issue}])

    def places(self, campaign: Campaign) -> list[str]:
        return [EVERYWHERE]

    def posted(self, campaign: Campaign, products: Mapping[str, Product]) -> dict[str, Any]:
        return scopes.widened(campaign.settings)

    def words(self, campaign: Campaign) -> str:
        """``满99.00元包邮``."""
        threshold = campaign.settings["threshold_amount"]
        return f"满{yuan(threshold)}元包邮" if threshold else "包邮"


def reaches(rules: FreeShippingSettings, region_code: str | None) -> bool:
    """Whether it goes to that region: the narrowest code decides; unknown yet: only if it goes everywhere."""
    if region_code is None:
        return not rules.regions and not rules.excluded_regions
    code = region_code
    while code:
        if code in rules.regions or code in rules.excluded_regions:
            return code in rules.regions
        code = regions.parent_of(code)
    return not rules.regions
