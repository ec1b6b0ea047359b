"""The worst case of each benefit, plugged in by those who give it: ``extensions.PLUG_LISTS["price_floors"]``.

Checkout does not ask: this is for whoever sets a price and wants to know what may become of it.
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
        """The most, in fen, that it can take off one unit that costs *amount* by then; or costs the shop for it."""


floors: PlugList[PriceFloor] = PlugList("price_floors")
"""In the order of application."""


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
