"""The worst case of each benefit, plugged in by those who give it: ``extensions.PLUG_LISTS["price_floors"]``; and what
others earn from a sale: ``["selling_costs"]``.

For whoever sets a price and wants to know what may become of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.core.plugs import PlugList


@dataclass(frozen=True)
class Goods:
    """One unit of something for sale."""

    product_id: str
    category_id: str
    brand_id: str
    groups: Collection[str] = ()
    """Kinds and groups of what its price comes from: a benefit may be unwilling to go with them."""
    closed_to: Collection[str] = ()
    """Kinds and groups that do not touch it."""
    prices: Mapping[str, int] = field(default_factory=dict)
    """Its further prices by name."""
    is_offered: bool = False
    """Its price is one of those that are offered for a line, of which only one is taken."""


class PriceFloor(Protocol):
    """A benefit's worst case."""

    name: str
    """Its kind, as in ``Adjustment.kind``."""

    def most_off(self, goods: Goods, amount: int) -> int:
        """The most, in fen, that it can take off one unit that costs *amount* by then."""


class SellingCost(Protocol):
    """What somebody else earns when goods are sold: a commission."""

    name: str

    def most(self, goods: Goods, amount: int, quantity: int) -> int:
        """The most, in fen, of *quantity* units for which *amount* is paid together. Pure, or of what is known by then:
        it is asked in each quote with a campaign."""


floors: PlugList[PriceFloor] = PlugList("price_floors")
"""In the order of application."""
costs: PlugList[SellingCost] = PlugList("selling_costs")


def lowest(goods: Goods, amount: int) -> tuple[int, dict[str, int]]:
    """What a unit at *amount* may end at, and what each benefit may take, by its name."""
    taken: dict[str, int] = {}
    for floor in floors:
        if floor.name not in goods.closed_to:
            off = min(max(floor.most_off(goods, amount), 0), amount)
            if off:
                taken[floor.name] = off
                amount -= off
    return amount, taken


def earned(goods: Goods, amount: int, quantity: int = 1) -> dict[str, int]:
    """What others earn at most of *quantity* units that are sold for *amount* together, by name."""
    found = {each.name: max(each.most(goods, amount, quantity), 0) for each in costs}
    return {name: most for name, most in found.items() if most}
