"""The play, and finding bargains. docs/algorithms/bargain.md."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.errors import Invalid
from chalicelib.core.money import yuan
from chalicelib.growth.campaigns.bargain.errors import BargainNotFound
from chalicelib.growth.campaigns.bargain.models import Bargain
from chalicelib.growth.campaigns.bargain.schemas import BargainSettings, BargainTerms
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.mall.catalog.products.models import Product

NAME = "bargain"


class BargainPlay(Play):
    """砍价. An item's ``unit_amount`` is its floor."""

    name, title = NAME, "砍价"
    settings = BargainSettings
    item_terms = BargainTerms
    prices_skus = True

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """Each SKU has a floor, so far below the catalog's price that each cut takes a fen at least."""
        for number, item in enumerate(campaign.items):
            sku = products[item.product_id].sku(item.sku_id)
            if item.unit_amount is None:
                raise Invalid(errors=[{"field": f"items.{number}.unit_amount", "issue": "the floor price"}])
            cuts: int = item.terms["cuts"]  # type: ignore[assignment]
            if sku is not None and sku.price_amount - item.unit_amount < cuts:
                issue = f"at least {cuts} fen below the catalog's price of {sku.price_amount}"
                raise Invalid(errors=[{"field": f"items.{number}.unit_amount", "issue": issue}])

    def words(self, campaign: Campaign) -> str:
        """``邀好友砍价，最低9.90元``."""
        floors = [item.unit_amount for item in campaign.items if item.unit_amount is not None]
        return f"邀好友砍价，最低{yuan(min(floors))}元" if floors else campaign.title


def bargain_of(bargain_id: str, *, consistent: bool = False) -> Bargain:
    """:raises BargainNotFound:"""
    found = Bargain.find(bargain_id, consistent=consistent)
    if found is None:
        raise BargainNotFound()
    return found
