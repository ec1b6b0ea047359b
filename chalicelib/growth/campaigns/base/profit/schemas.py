"""What the profit guard found."""

from __future__ import annotations

from chalicelib.core.schemas import Schema


class Margin(Schema):
    """A unit of a SKU at its worst. Amounts are fen."""

    sku_id: str
    campaign_amount: int
    """What the campaign alone makes of the price."""
    lowest_amount: int
    """After every benefit that goes with it."""
    taken: dict[str, int]
    """What each of them may take, by kind; other campaigns by their play."""
    earned: dict[str, int]
    """What others earn at most of a unit sold at that."""
    cost_amount: int | None
    below_cost: bool
    """What is left after others have earned is less than the cost. False too where the cost is not known."""
