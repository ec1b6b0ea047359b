"""What staff set of a member day."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Day, Schema
from chalicelib.loyalty.coupons.schemas import Scope
from chalicelib.loyalty.points.schemas import Name

Off = Annotated[int, Field(gt=0, lt=10_000, examples=[500])]


class MemberDaySettings(Schema):
    """Days that come again within the campaign's window, and what they give. Days are business days, from midnight to
    midnight; a day that fits in one way is one."""

    month_days: Annotated[list[Annotated[int, Field(ge=1, le=31)]], Field(max_length=31, examples=[[8, 18, 28]])] = []
    """Of every month that has them."""
    weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7, examples=[[5]])] = []
    """Monday is 1."""
    dates: Annotated[list[Day], Field(max_length=60, examples=[["2026-12-12"]])] = []
    scope: Scope = Scope()
    """Of the goods at a lower price; points are multiplied for the whole order."""
    off_bps: Off | None = None
    """Taken off the price for every member, in 1/10,000."""
    level_off_bps: Annotated[dict[Name, Off], Field(max_length=20, examples=[{"gold": 1000}])] = {}
    """The same by level; a level that is not named has ``off_bps``."""
    points_bps: Annotated[int, Field(gt=10_000, le=100_000, examples=[20_000])] | None = None
    """What points of the order are multiplied by: 20,000 is double."""

    @model_validator(mode="after")
    def _something(self) -> MemberDaySettings:
        if not (self.month_days or self.weekdays or self.dates):
            raise ValueError("name days: month_days, weekdays or dates")
        if self.off_bps is None and not self.level_off_bps and self.points_bps is None:
            raise ValueError("a day gives something: off_bps, level_off_bps or points_bps")
        return self
