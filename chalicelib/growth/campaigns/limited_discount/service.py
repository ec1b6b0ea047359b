"""The play: each SKU costs its campaign price, or a rate less. docs/algorithms/campaigns.md, "Limited discount"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.money import apply_bps, yuan
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.growth.campaigns.limited_discount.schemas import LimitedDiscountSettings
from chalicelib.mall.catalog.products.models import Product

NAME = "limited_discount"


class LimitedDiscount(Play):
    """限时折扣."""

    name, title = NAME, "限时折扣"
    settings = LimitedDiscountSettings
    prices_skus = True

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """Each SKU has a price below the catalog's, or there is a rate."""
        for number, item in enumerate(campaign.items):
            sku = products[item.product_id].sku(item.sku_id)
            price = price_of(item.unit_amount, campaign.settings, sku.price_amount) if sku else None
            if price is None:
                raise Invalid(errors=[{"field": f"items.{number}.unit_amount", "issue": "a price, or off_bps for all"}])
            if sku is not None and price >= sku.price_amount:
                issue = f"not below the catalog's price of {sku.price_amount}"
                raise Invalid(errors=[{"field": f"items.{number}.unit_amount", "issue": issue}])

    def words(self, campaign: Campaign) -> str:
        """``限时8折`` or ``限时价59.00元起``."""
        rate = campaign.settings.get("off_bps")
        prices = [item.unit_amount for item in campaign.items if item.unit_amount is not None]
        if prices:
            return f"限时价{yuan(min(prices))}元起"
        return f"限时{yuan((10_000 - rate) // 10).rstrip('0').rstrip('.')}折" if rate else campaign.title

    def lowest_unit_amount(self, campaign: Campaign, item: CampaignItem, price_amount: int) -> int:
        found = price_of(item.unit_amount, campaign.settings, price_amount)
        return price_amount if found is None else min(found, price_amount)


def price_of(unit_amount: int | None, settings: Mapping[str, Any], list_amount: int) -> int | None:
    """The campaign's price of a SKU that costs *list_amount*; None: it has none."""
    if unit_amount is not None:
        return unit_amount
    rate: int | None = settings.get("off_bps")
    return apply_bps(list_amount, 10_000 - rate) if rate is not None else None
