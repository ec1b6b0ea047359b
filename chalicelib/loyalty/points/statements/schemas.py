"""What members and staff read of points."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Line, PageQuery, Schema
from chalicelib.loyalty.points.models import PointsEntry


class BalanceView(Schema):
    """A member's points."""

    usable: int
    frozen: int
    """Of orders that can still be returned."""
    owed: int
    """To be paid by what is earned next: points of returned goods that were spent."""
    ending_month: str | None
    """The next month in which points end…"""
    ending: int
    """…and how many."""


class EntryView(Schema):
    """One line of the statement."""

    at: datetime
    kind: str
    cause: str
    points: int
    balance_after: int
    """Usable, frozen and owed together."""
    note: str | None

    @classmethod
    def of(cls, entry: PointsEntry) -> EntryView:
        plain = {name: getattr(entry, name) for name in cls.model_fields if name != "points"}
        return cls(**plain, points=entry.amount)


class ListEntries(PageQuery):
    """``GET /me/points/entries``."""


class AdjustPoints(Schema):
    """``POST /admin/members/{member_id}/points``."""

    points: Annotated[int, Field(ge=-100_000_000, le=100_000_000)]
    """Negative: taken. Not more than are usable."""
    reason: Line


class AdjustedView(Schema):
    member_id: Id
    balance: BalanceView
