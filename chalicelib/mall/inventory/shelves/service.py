"""Where a SKU can still be bought when its product has too few: ``extensions.PLUG_LISTS["shelves"]``.

For who shows goods. What an order takes, and from where, the price decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.plugs import PlugList
from chalicelib.mall.inventory.models import StockKey


@dataclass(frozen=True)
class Shelf:
    """Pieces of a SKU that lie elsewhere."""

    available: int
    unit_amount: int
    """What one costs there, in fen."""


class Shelves(Protocol):
    """Somebody who keeps pieces of products."""

    def __call__(self, wanted: Mapping[StockKey, int], member_id: str | None) -> Mapping[StockKey, Shelf]:
        """What it has of products' stocks (key → the catalog's price) this moment, for this member; None: for all."""


shelves: PlugList[Shelves] = PlugList("shelves")


def elsewhere(wanted: Mapping[StockKey, int], member_id: str | None) -> dict[StockKey, Shelf]:
    """For each stock key of a product (with the catalog's price of one) the shelf that sells for least, if any does.

    Ask for what the product has too few of: it costs reads.
    """
    found: dict[StockKey, Shelf] = {}
    for ask in shelves if wanted else ():
        for key, shelf in ask(wanted, member_id).items():
            if key not in found or shelf.unit_amount < found[key].unit_amount:
                found[key] = shelf
    return found
