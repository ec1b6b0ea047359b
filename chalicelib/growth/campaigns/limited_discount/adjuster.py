"""The price step: a price offered for every line whose SKU takes part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.limited_discount.service import NAME, price_of
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.service import Basket, Quote


class LimitedDiscountPrice:
    """Stands before ``BestPrice``."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return campaigns.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        for run in campaigns.running(quote, found, NAME):
            for number, line in enumerate(quote.lines):
                item = run.posting.items.get(line.sku_id)
                price = price_of(item.unit_amount, run.posting.settings, line.unit_amount) if item else None
                if price is not None:
                    campaigns.offer_price(quote, found, run, number, price)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """``CampaignUses`` claims for all plays."""
