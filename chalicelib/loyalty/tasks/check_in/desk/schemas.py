"""What staff see of check-in."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Line, Schema
from chalicelib.loyalty.tasks.check_in.schemas import CheckInView, MonthView


class GiveCards(Schema):
    """``POST /admin/members/{member_id}/check-in-cards``."""

    count: Annotated[int, Field(ge=1, le=100)]
    reason: Line


class MemberCheckInView(Schema):
    """A member's check-in, with this month and the one before."""

    now: CheckInView
    months: list[MonthView]


class ListDays(Schema):
    """Both days belong to it; at most 92."""

    first: date
    last: date


class DayCountView(Schema):
    """A business day."""

    day: date
    checked_in: int
    """Members who checked in on it."""
    made_up: int
    """Missed days that were mended on it."""


class DayCounts(Schema):
    items: list[DayCountView]
