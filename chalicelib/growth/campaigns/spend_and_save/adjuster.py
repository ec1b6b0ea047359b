"""The price step: stands after ``BestPrice`` and looks at what the goods cost by then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.models import GROUP
from chalicelib.growth.campaigns.base.scopes.service import covered
from chalicelib.growth.campaigns.spend_and_save.schemas import SpendAndSaveSettings
from chalicelib.growth.campaigns.spend_and_save.service import NAME, steps
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.service import Basket, Quote


class SpendAndSaveOff:
    """Several that cover the same goods: each looks at what the one before it left."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return campaigns.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        for run in campaigns.running(quote, found, NAME):
            settings = run.posting.settings
            rules = SpendAndSaveSettings.model_validate(settings)
            cost = covered(quote, settings, quote.open_to(NAME, GROUP, not_with=run.posting.not_with))
            pieces = campaigns.pieces_of(quote, campaigns.touched(cost))
            saved = steps(rules, sum(cost))
            if not saved or not campaigns.promise(quote, found, run, pieces):
                continue
            for threshold, off, text in saved:
                quote.adjust(
                    NAME,
                    text,
                    -off,
                    source_id=run.id,
                    weights=cost,
                    group=GROUP,
                    excludes=run.posting.not_with,
                    threshold_amount=threshold,
                    below_threshold=rules.below_threshold,
                    counted=cost,
                )
            campaigns.use(quote, run, pieces)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """``CampaignUses`` claims for all plays."""
