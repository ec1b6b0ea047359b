"""What staff set of a bargain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.core.schemas import Schema

MAX_CUTS = 200


class BargainSettings(Schema):
    """The rules of the campaign."""

    hours: Annotated[int, Field(ge=1, le=168)] = 24
    """How long a bargain runs; it ends with the campaign at the latest."""
    buy_at: Literal["any", "floor"] = "any"
    """At the present price at any moment, or only once all cuts are made."""
    starter_cuts: bool = True
    """Whoever starts it makes the first cut."""
    cuts_a_day: Annotated[int, Field(ge=1, le=100)] = 5
    """How many cuts a member may make for others in a business day."""
    newcomer_bps: Annotated[int, Field(ge=10_000, le=100_000)] = 10_000
    """The cut of a member who registered since the bargain began, in 1/10,000 of another's: 20000 is twice."""


class BargainTerms(Schema):
    """What a SKU asks besides its floor, which is the item's `unit_amount`."""

    cuts: Annotated[int, Field(ge=2, le=MAX_CUTS)]
    """So many cuts lead to the floor, the starter's own included."""
