"""The price step: stands after the freight, and takes off what its lines carry of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.models import GROUP
from chalicelib.growth.campaigns.base.scopes.service import covered
from chalicelib.growth.campaigns.free_shipping_over.schemas import FreeShippingSettings
from chalicelib.growth.campaigns.free_shipping_over.service import NAME, reaches
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Target
from chalicelib.trade.pricing.service import Basket, Quote


class FreeShippingOff:
    """Before freight coupons: one that finds no freight left is not used up."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return campaigns.needs(basket)

    def adjust(self, quote: Quote, found: Found) -> None:
        for run in campaigns.running(quote, found, NAME):
            settings = run.posting.settings
            rules = FreeShippingSettings.model_validate(settings)
            goods = sum(covered(quote, settings, quote.discounted()))
            freight = covered(quote, settings, quote.freighted())
            off = min(sum(freight), rules.cap_amount or sum(freight))
            pieces = campaigns.pieces_of(quote, campaigns.touched(freight))
            if not off or goods < rules.threshold_amount or not reaches(rules, quote.region_code):
                continue
            if campaigns.promise(quote, found, run, pieces):
                quote.adjust(
                    NAME, run.posting.title, -off, target=Target.FREIGHT, source_id=run.id, weights=freight, group=GROUP
                )
                campaigns.use(quote, run, pieces)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """``CampaignUses`` claims for all plays."""
