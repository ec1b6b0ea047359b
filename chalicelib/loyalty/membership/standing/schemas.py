"""What members and staff read of a membership."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Line, PageQuery, Schema
from chalicelib.loyalty.membership.ladder.schemas import LevelView
from chalicelib.loyalty.membership.models import GrowthEntry


class NextLevel(Schema):
    """The level above."""

    id: str
    name: str
    growth: int
    missing: int
    """So much growth more, and it is reached."""


class MembershipView(Schema):
    """Where a member stands."""

    level: LevelView
    since: datetime | None
    growth: int
    """What counts for reaching a level."""
    next: NextLevel | None
    """Null: it is the highest."""
    ends_at: datetime | None
    """The level by growth is held until then, and then decided again; null: for good."""
    gained: int
    """Growth of this period…"""
    to_keep: int
    """…and how much more keeps the level by growth for another one."""
    card_ends_at: datetime | None
    """Until when the level is given by a card; null: by none."""
    free_shipping_left: int | None
    """How often the freight is still given this month; null: always."""


class GrowthEntryView(Schema):
    """One line of the statement."""

    at: datetime
    kind: str
    cause: str
    growth: int
    balance_after: int
    note: str | None

    @classmethod
    def of(cls, entry: GrowthEntry) -> GrowthEntryView:
        plain = {name: getattr(entry, name) for name in cls.model_fields if name != "growth"}
        return cls(**plain, growth=entry.amount)


class ListGrowth(PageQuery):
    """``GET /me/growth``."""


class AdjustGrowth(Schema):
    """``POST /admin/members/{member_id}/growth``."""

    growth: Annotated[int, Field(ge=-100_000_000, le=100_000_000, examples=[100])]
    """Negative: taken. Not more than there is."""
    reason: Line


class StaffMembershipView(Schema):
    """A member's membership, for staff."""

    member_id: str
    membership: MembershipView
    balance: int
    """The whole growth value; what counts may be less, after a level was not kept."""
