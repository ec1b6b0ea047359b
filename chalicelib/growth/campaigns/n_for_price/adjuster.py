"""The price step: an adjustment for each set, so that a refund loses only the sets that are broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.models import GROUP
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.growth.campaigns.n_for_price.schemas import NForPriceSettings
from chalicelib.growth.campaigns.n_for_price.service import NAME, off_of, sets, text_of
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.service import Basket, Quote


class NForPriceOff:
    """Stands after ``BestPrice``."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return campaigns.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        for run in campaigns.running(quote, found, NAME):
            self._take(quote, found, run)

    def _take(self, quote: Quote, found: Found, run: Running) -> None:
        rules = NForPriceSettings.model_validate(run.posting.settings)
        amounts = quote.open_to(NAME, GROUP, not_with=run.posting.not_with)
        costs = [
            amount if line.sku_id in run.posting.items and not line.given else 0
            for line, amount in zip(quote.lines, amounts, strict=True)
        ]
        whole = sets(costs, [line.quantity for line in quote.lines], rules)
        counted = [0] * len(quote.lines)
        for _, number in (unit for group in whole for unit in group):
            counted[number] += 1
        pieces = {quote.lines[number].sku_id: count for number, count in enumerate(counted) if count}
        if not whole or not campaigns.promise(quote, found, run, pieces):
            return
        for nth, group in enumerate(whole, start=1):
            weights = [0] * len(quote.lines)
            for cost, number in group:
                weights[number] += cost
            quote.adjust(
                NAME,
                text_of(rules),
                -off_of(group, rules),
                source_id=run.id,
                weights=weights,
                group=GROUP,
                excludes=run.posting.not_with,
                threshold_amount=rules.pieces * nth,
                below_threshold=rules.below_threshold,
                counted=[line.quantity if cost else 0 for line, cost in zip(quote.lines, costs, strict=True)],
            )
        campaigns.use(quote, run, pieces)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """``CampaignUses`` claims for all plays."""
