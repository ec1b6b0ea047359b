"""The protocol by which anything changes a price. Checkout knows this, and never a benefit by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.trade.pricing.schemas import PriceOffer
from chalicelib.trade.pricing.service import Basket, Quote

Found = Mapping[type[Table], Mapping[Key, Any]]
"""What was read in one round trip: model class → key → item."""


class Adjuster(Protocol):
    """A price step. The order of application is the order of the list in ``chalicelib/extensions.py``.

    One that must not miss what was written a moment ago also has ``fresh``: the tables that are read for it as they are
    this moment, for twice the units. For all else the conditions of ``claim`` are the guard.
    """

    name: str

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        """The items this step wants to see. All steps' wishes are read together, in one round trip."""

    def adjust(self, quote: Quote, found: Found) -> None:
        """Append adjustments (and holds) to *quote*. Pure: the same quote and items, the same result."""

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """Add to *tx* the writes that make the adjustment true: use up a coupon, count a seat. May refuse."""


NONE = "none"


class BestPrice:
    """Of all prices offered for a line, the lowest is taken; at the same price the step that came first in the list.

    The buyer may name one by its kind or source (``options["price"]``): a line for which it was offered takes it. A
    ``binding`` one is taken before all that are not named. ``none`` declines all that are not binding: a coupon that
    does not go with them may be worth more.
    An offer that is not below the line's own price is never taken, unless it was named.
    """

    name = "price"

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return {}

    def adjust(self, quote: Quote, found: Found) -> None:
        chosen: dict[tuple[str, str], list[PriceOffer]] = {}
        for number in range(len(quote.lines)):
            best = _best(quote, number)
            if best is not None:
                chosen.setdefault((best.kind, best.source_id), []).append(best)
        for offers in chosen.values():
            quote.reprice_lines(offers)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """What a price uses up is claimed by the step that offered it."""


def _best(quote: Quote, number: int) -> PriceOffer | None:
    offers = [each for each in quote.offers if each.line == number]
    named = quote.options.get(BestPrice.name)
    for each in offers:
        if named in (each.kind, each.source_id):
            return each
    for each in offers:
        if each.binding:
            return each
    if named == NONE:
        return None
    below = [each for each in offers if each.unit_amount < quote.lines[number].unit_amount]
    return min(below, key=lambda each: each.unit_amount, default=None)
