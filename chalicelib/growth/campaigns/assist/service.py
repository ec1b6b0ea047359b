"""The play, and finding assists. docs/algorithms/bargain.md."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.errors import Invalid
from chalicelib.core.money import yuan
from chalicelib.growth.campaigns.assist.errors import AssistNotFound
from chalicelib.growth.campaigns.assist.models import Assist
from chalicelib.growth.campaigns.assist.schemas import AssistSettings, AssistTerms
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.mall.catalog.products.models import Product

NAME = "assist"


class AssistPlay(Play):
    """助力. An item's ``unit_amount`` is its unlocked price, its ``stock`` the cap."""

    name, title = NAME, "助力"
    settings = AssistSettings
    item_terms = AssistTerms
    prices_skus = True

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """Each SKU has a price below the catalog's, and so many pieces set aside."""
        for number, item in enumerate(campaign.items):
            sku = products[item.product_id].sku(item.sku_id)
            if item.unit_amount is None or (sku is not None and item.unit_amount >= sku.price_amount):
                issue = "the unlocked price, below the catalog's"
                raise Invalid(errors=[{"field": f"items.{number}.unit_amount", "issue": issue}])
            if item.stock is None:
                raise Invalid(errors=[{"field": f"items.{number}.stock", "issue": "how many pieces at most"}])

    def words(self, campaign: Campaign) -> str:
        """``邀3位好友助力，0元拿``."""
        cheapest = min(campaign.items, key=lambda each: each.unit_amount or 0, default=None)
        if cheapest is None:
            return campaign.title
        return f"邀{cheapest.terms['helps']}位好友助力，{yuan(cheapest.unit_amount or 0).removesuffix('.00')}元拿"


def assist_of(assist_id: str, *, consistent: bool = False) -> Assist:
    """:raises AssistNotFound:"""
    found = Assist.find(assist_id, consistent=consistent)
    if found is None:
        raise AssistNotFound()
    return found


def named(assist: Assist) -> dict[str, str]:
    """What every event of it says."""
    return {"assist_id": assist.id, "campaign_id": assist.campaign_id, "member_id": assist.member_id}
