"""Two price steps: a launch price where there is one, and the mark by which an order is counted where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.models import GROUP
from chalicelib.growth.campaigns.base.prices.service import offer_prices
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.growth.campaigns.new_arrival.service import NAME
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.service import Basket, Quote


class NewArrivalPrice:
    """Stands before ``BestPrice``."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return campaigns.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        offer_prices(quote, found, NAME)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """``CampaignUses`` claims for all plays."""


class NewArrivalMark:
    """Stands after ``BestPrice``: what sells at the catalog's price belongs to the launch too, within its limits."""

    name = "new_arrival_mark"

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return campaigns.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        for run in campaigns.running(quote, found, NAME):
            pieces = campaigns.pieces_of(quote, _unpriced(quote, run))
            if pieces and campaigns.promise(quote, found, run, pieces):
                quote.adjust(NAME, run.posting.title, 0, source_id=run.id, group=GROUP)
                campaigns.use(quote, run, pieces)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """``CampaignUses`` claims for all plays."""


def _unpriced(quote: Quote, run: Running) -> list[int]:
    """Lines of goods that the campaign names no price for, and that no other campaign's price made."""
    taken = {offer.line for offer in quote.taken if offer.group == GROUP}
    items = run.posting.items
    return [
        number
        for number, line in enumerate(quote.lines)
        if number not in taken and line.sku_id in items and items[line.sku_id].unit_amount is None
    ]
