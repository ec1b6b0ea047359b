"""Plays whose SKUs cost a price of their own, or a rate less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.money import apply_bps, yuan
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.base.prices.schemas import PriceSettings
from chalicelib.growth.campaigns.base.schemas import CampaignItem, PostedItem
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.service import Quote


class PricePlay(Play):
    """Each SKU has a price below the catalog's, or there is a rate for those without one. The settings of a subclass
    extend :class:`PriceSettings`."""

    settings = PriceSettings
    prices_skus = True

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """:raises Invalid: an item without a price, or with one that is not below the catalog's."""
        for number, item in enumerate(campaign.items):
            sku = products[item.product_id].sku(item.sku_id)
            price = price_of(item.unit_amount, campaign.settings, sku.price_amount) if sku else None
            if price is None:
                raise Invalid(errors=[{"field": f"items.{number}.unit_amount", "issue": "a price, or off_bps for all"}])
            if sku is not None and price >= sku.price_amount:
                issue = f"not below the catalog's price of {sku.price_amount}"
                raise Invalid(errors=[{"field": f"items.{number}.unit_amount", "issue": issue}])

    def price_unasked(self, settings: Mapping[str, Any], item: PostedItem, list_amount: int) -> int | None:
        return price_of(item.unit_amount, settings, list_amount)

    def lowest_unit_amount(self, campaign: Campaign, item: CampaignItem, price_amount: int) -> int:
        found = price_of(item.unit_amount, campaign.settings, price_amount)
        return price_amount if found is None else min(found, price_amount)


def price_of(unit_amount: int | None, settings: Mapping[str, Any], list_amount: int) -> int | None:
    """The campaign's price of a SKU that costs *list_amount*; None: it has none."""
    if unit_amount is not None:
        return unit_amount
    rate: int | None = settings.get("off_bps")
    return apply_bps(list_amount, 10_000 - rate) if rate is not None else None


def offer_prices(quote: Quote, found: Found, play: str) -> None:
    """Offer its price for every line whose SKU takes part in a running campaign of *play*."""
    for run in campaigns.running(quote, found, play):
        for number, line in enumerate(quote.lines):
            item = run.posting.items.get(line.sku_id)
            price = price_of(item.unit_amount, run.posting.settings, line.unit_amount) if item else None
            if price is not None:
                campaigns.offer_price(quote, found, run, number, price)


def price_words(campaign: Campaign) -> str | None:
    """``8折`` or ``59.00元起``; None: neither."""
    prices = [item.unit_amount for item in campaign.items if item.unit_amount is not None]
    if prices:
        return f"{yuan(min(prices))}元起"
    rate = campaign.settings.get("off_bps")
    return f"{yuan((10_000 - rate) // 10).rstrip('0').rstrip('.')}折" if rate else None
