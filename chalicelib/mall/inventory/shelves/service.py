"""Where a SKU can still be bought when its product has too few: plug lists ``shelves`` and ``side_stocks``.

For who shows goods. What an order takes, and from where, the price decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
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


class SideStocks(Protocol):
    """Somebody who keeps pieces of products, for lists that all see."""

    def __call__(self, wanted: Collection[StockKey]) -> Mapping[StockKey, int]:
        """Of these stocks of products: the pieces that it sells to anybody this moment, asked for or not."""


shelves: PlugList[Shelves] = PlugList("shelves")
side_stocks: PlugList[SideStocks] = PlugList("side_stocks")


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


def beside(wanted: Collection[StockKey]) -> dict[StockKey, int]:
    """Pieces of these stocks' SKUs that lie elsewhere, also those that one has to ask for (a ticket, a deposit).

    For lists that are made in the background, and for what the products have too few of: it costs reads.
    """
    found: Counter[StockKey] = Counter()
    for ask in side_stocks if wanted else ():
        found.update(ask(wanted))
    return dict(found)
