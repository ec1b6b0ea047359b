"""The protocol by which anything changes a price. Checkout knows this, and never a benefit by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.trade.pricing.service import Basket, Quote

Found = Mapping[type[Table], Mapping[Key, Any]]
"""What was read in one round trip: model class → key → item."""


class Adjuster(Protocol):
    """A price step. The order of application is the order of the list in ``chalicelib/wiring.py``."""

    name: str

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        """The items this step wants to see. All steps' wishes are read together, in one round trip."""

    def adjust(self, quote: Quote, found: Found) -> None:
        """Append adjustments (and holds) to *quote*. Pure: the same quote and items, the same result."""

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """Add to *tx* the writes that make the adjustment true: use up a coupon, count a seat. May refuse."""
