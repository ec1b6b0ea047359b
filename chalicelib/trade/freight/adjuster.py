"""The last price step: freight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.money import yuan
from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.trade.freight.models import MALL, FreightRule, default
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Target
from chalicelib.trade.pricing.service import Basket, Quote


class Freight:
    """Charge the flat freight; a second adjustment takes it off again when the goods cost enough.

    Two adjustments, so that the buyer sees what was given, and a refund can tell them apart.
    """

    name = "freight"

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return {FreightRule: [MALL]}

    def adjust(self, quote: Quote, found: Found) -> None:
        rule = found[FreightRule].get(MALL) or default()
        if rule.flat_amount == 0:
            return
        quote.adjust("freight", "运费", rule.flat_amount, target=Target.FREIGHT)
        if rule.free_over_amount is not None and sum(quote.discounted()) >= rule.free_over_amount:
            title = f"满{yuan(rule.free_over_amount)}元包邮"
            quote.adjust("free_freight", title, -rule.flat_amount, target=Target.FREIGHT)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """Freight uses nothing up."""
