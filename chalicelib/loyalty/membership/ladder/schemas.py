"""The ladder, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.membership.schemas import Benefits, Ladder, Level


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

    @classmethod
    def of(cls, level: Level) -> LevelView:
        plain = {name: getattr(level, name) for name in ("id", "name", "growth", "picture", "benefits")}
        return cls(**plain, keep_growth=level.keep)


class Levels(Schema):
    """All levels, the lowest first."""

    items: list[LevelView]
    period_months: int
    """So long a level is held before it is decided again; 0: for good."""


class LadderView(Schema):
    """The ladder as staff wrote it, and its version; 0: the built-in one."""

    ladder: Ladder
    version: int
    run_id: str | None = None
    """Of an edit: the walk that puts everybody where the ladder has them, see `/admin/segment-runs/{run_id}`."""


class SetLadder(Schema):
    """``PUT /admin/levels``."""

    ladder: Ladder
    version: Annotated[int, Field(ge=0)]
