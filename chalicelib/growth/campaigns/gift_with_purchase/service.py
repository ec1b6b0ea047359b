"""The play. docs/algorithms/campaigns.md, "Gift with purchase"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.money import yuan
from chalicelib.growth.campaigns.base.models import EVERYWHERE, Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.growth.campaigns.base.scopes import service as scopes
from chalicelib.growth.campaigns.gift_with_purchase.schemas import GiftTerms, GiftWithPurchaseSettings
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.cart.service import priced_line
from chalicelib.trade.pricing.schemas import PricedLine

NAME = "gift_with_purchase"
MAX_GIFTS = 5


class GiftWithPurchase(Play):
    """满赠."""

    name, title = NAME, "满赠"
    settings, item_terms = GiftWithPurchaseSettings, GiftTerms

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """At most :data:`MAX_GIFTS`, each with pieces set aside: a gift never takes from what is for sale."""
        scopes.widened(campaign.settings)
        if len(campaign.items) > MAX_GIFTS:
            raise Invalid(errors=[{"field": "items", "issue": f"at most {MAX_GIFTS} gifts"}])
        for number, item in enumerate(campaign.items):
            if item.stock is None or item.unit_amount is not None:
                issue = "a gift has stock of its own, and no price"
                raise Invalid(errors=[{"field": f"items.{number}.stock", "issue": issue}])

    def places(self, campaign: Campaign) -> list[str]:
        return [EVERYWHERE]

    def posted(self, campaign: Campaign, products: Mapping[str, Product]) -> dict[str, Any]:
        """The gifts as lines: the price step reads no product."""
        gifts = [_line(campaign, item, products[item.product_id]) for item in campaign.items]
        return {**scopes.widened(campaign.settings), "gifts": [each.model_dump(mode="json") for each in gifts]}

    def words(self, campaign: Campaign) -> str:
        """``满200.00元有赠品``."""
        return f"满{yuan(campaign.settings['threshold_amount'])}元有赠品"

    def lowest_unit_amount(self, campaign: Campaign, item: CampaignItem, price_amount: int) -> int:
        """A gift costs nothing on purpose: its cost is the campaign's, not a price."""
        return price_amount


def _line(campaign: Campaign, item: CampaignItem, product: Product) -> PricedLine:
    line = priced_line(product, item.sku_id, GiftTerms.model_validate(item.terms).pieces)
    return line.model_copy(update={"stock_owner": campaign.id, "counts_to_limit": False, "prices": {}})
