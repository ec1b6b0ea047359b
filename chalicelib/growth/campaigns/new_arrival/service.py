"""The play: goods that go on sale with the campaign. docs/algorithms/campaigns.md, "New arrival"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.base.prices.service import price_words
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.growth.campaigns.new_arrival.schemas import NewArrivalSettings
from chalicelib.mall.catalog.products.models import Product, ProductStatus

NAME = "new_arrival"


class NewArrival(Play):
    """新品首发."""

    name, title = NAME, "新品首发"
    settings = NewArrivalSettings
    prices_skus = True

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """Every product goes on sale at the campaign's first moment, by its own schedule; a launch price lies below
        the catalog's."""
        for number, item in enumerate(campaign.items):
            product = products[item.product_id]
            if product.status is not ProductStatus.LISTED or product.list_at != campaign.starts_at:
                issue = f"a listed product with list_at {campaign.starts_at.isoformat()}: the campaign's starts_at"
                raise _invalid(number, "product_id", issue)
            _check_price(number, item, product)

    def words(self, campaign: Campaign) -> str:
        """``新品首发价99.00元起``; without a price where it is to be a surprise."""
        price = price_words(campaign) if campaign.settings.get("show_prices") else None
        return f"新品首发价{price}" if price else self.title

    def hides_prices(self, settings: Mapping[str, Any], starts_at: datetime, now: datetime) -> bool:
        return now < starts_at and not settings.get("show_prices")

    def shows_wishes(self, settings: Mapping[str, Any]) -> bool:
        return bool(settings.get("show_reserved"))


def _check_price(number: int, item: CampaignItem, product: Product) -> None:
    sku = product.sku(item.sku_id)
    if item.unit_amount is None and item.stock is not None:
        raise _invalid(number, "unit_amount", "pieces set aside are sold at a price of the campaign's")
    if item.unit_amount is not None and sku is not None and item.unit_amount >= sku.price_amount:
        raise _invalid(number, "unit_amount", f"not below the catalog's price of {sku.price_amount}")


def _invalid(number: int, field: str, issue: str) -> Invalid:
    return Invalid(errors=[{"field": f"items.{number}.{field}", "issue": issue}])
