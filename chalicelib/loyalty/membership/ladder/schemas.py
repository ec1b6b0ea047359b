"""The ladder, in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.membership.schemas import MAX_LEVELS, Benefits, Ladder, Level, LevelId

ONCE = 10_000
"""The multiplier of points that changes nothing."""
PointsBps = Annotated[
    dict[LevelId, Annotated[int, Field(ge=ONCE, le=1_000_000)]],
    Field(max_length=MAX_LEVELS, examples=[{"gold": 15_000}]),
]


class LevelView(Schema):
    """A level as buyers see it."""

    id: str
    name: str
    growth: int
    """Reached from here on."""
    keep_growth: int
    """To be earned within a period to keep it."""
    picture: str | None
    benefits: Benefits
    points_bps: int
    """Its multiplier of points: 15,000 is one and a half."""

    @classmethod
    def of(cls, level: Level, points_bps: Mapping[str, int]) -> LevelView:
        plain = {name: getattr(level, name) for name in ("id", "name", "growth", "picture", "benefits")}
        return cls(**plain, keep_growth=level.keep, points_bps=points_bps.get(level.id, ONCE))


class Levels(Schema):
    """All levels, the lowest first."""

    items: list[LevelView]
    period_months: int
    """So long a level is held before it is decided again; 0: for good."""


class LadderView(Schema):
    """The ladder as staff wrote it, and its version; 0: the built-in one."""

    ladder: Ladder
    points_bps: dict[str, int]
    """Multipliers of points by level, as the points' rules have them."""
    version: int
    run_id: str | None = None
    """Of an edit: the walk that puts everybody where the ladder has them, see `/admin/segment-runs/{run_id}`."""


class SetLadder(Schema):
    """``PUT /admin/levels``."""

    ladder: Ladder
    points_bps: PointsBps | None = None
    """Written to the points' rules with it; null: they stay, but for levels that go."""
    version: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _of_these(self) -> Self:
        if any(self.ladder.position(each) < 0 for each in self.points_bps or ()):
            raise ValueError("multipliers are for levels of this ladder")
        return self
