"""The price step: a price offered to newcomers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.prices.service import offer_prices
from chalicelib.growth.campaigns.first_purchase.service import NAME
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.service import Basket, Quote


class FirstPurchasePrice:
    """Stands before ``BestPrice``. Whom it is for, and until when, ``FirstPurchase.ends_for`` tells the base."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return campaigns.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        offer_prices(quote, found, NAME)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """``CampaignUses`` claims: the member's tally holds the one order."""
