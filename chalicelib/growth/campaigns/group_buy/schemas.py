"""What staff set of a group buy. Rules: docs/algorithms/group-buy.md."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Fen, Schema

MAX_SIZE = 50
"""Seats: what follows from a decision is announced for all of them in one transaction."""
Size = Annotated[int, Field(ge=2, le=MAX_SIZE)]


class GroupBuySettings(Schema):
    """How groups of the campaign are filled, and what they give."""

    sizes: Annotated[list[Size], Field(min_length=1, max_length=5, examples=[[3]])] = [2]
    """Ascending. The smallest completes a group at its end, the largest at once."""
    minutes: Annotated[int, Field(ge=5, le=10_080)] = 1440
    """From the leader's payment; never beyond the campaign's end."""
    full_price: bool = False
    """Everybody pays the catalog's price; the difference comes back when the group is complete."""
    leader_rebate_amount: Fen = 0
    """What the leader gets back of a complete group."""
    leader_rebate_bps: Annotated[int, Field(ge=0, le=10_000)] = 0
    """The same as a part of the goods; 10,000: the leader's goods are free."""
    free_order: bool = False
    """One of the paid orders of each complete group is drawn: its goods cost nothing."""
    newcomers_only: bool = False
    """Whoever joins has never paid an order; anybody may start."""
    for_strangers: bool = True
    """Open groups are listed for everybody to join."""
    virtual_from: Annotated[int, Field(ge=1, le=MAX_SIZE)] | None = None
    """From so many real paid seats on, a group is completed at its end though the smallest size was not reached."""
    may_leave: bool = True
    """A paid member may leave an open group, for all of their money."""
    groups_max: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Groups of the campaign for a member, over the whole campaign; those left or failed do not count."""

    @model_validator(mode="after")
    def _whole(self) -> GroupBuySettings:
        if sorted(set(self.sizes)) != self.sizes:
            raise ValueError("sizes ascend")
        if self.virtual_from is not None and self.virtual_from >= self.sizes[0]:
            raise ValueError("virtual_from is below the smallest size")
        if self.leader_rebate_amount and self.leader_rebate_bps:
            raise ValueError("the leader's rebate is an amount or a part, not both")
        return self


class GroupBuyTerms(Schema):
    """Prices of a SKU beside ``unit_amount``, which everybody pays at the smallest size."""

    tier_amounts: Annotated[list[Fen], Field(max_length=4)] = []
    """What it costs at each further size, descending."""
    leader_amount: Fen | None = None
    """What the leader pays."""
