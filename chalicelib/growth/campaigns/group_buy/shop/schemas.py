"""Groups, in and out, for buyers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from chalicelib.core.schemas import Fen, Id, Schema
from chalicelib.growth.campaigns.group_buy.models import Group, GroupStatus, SeatStatus


class GroupCard(Schema):
    """A group in a list."""

    id: str
    campaign_id: str
    status: GroupStatus
    over: bool
    """Nobody joins any more, though it may not be decided yet."""
    least: int
    """Paid seats with which it is complete at its end."""
    capacity: int
    taken: int
    paid: int
    missing: int
    """Seats until it is complete at its end."""
    ends_at: datetime


def card(group: Group, now: datetime) -> dict[str, Any]:
    """The fields of :class:`GroupCard`."""
    names = ("id", "campaign_id", "status", "least", "capacity", "taken", "paid", "ends_at")
    same = {name: getattr(group, name) for name in names}
    over = group.status is not GroupStatus.PENDING and (group.status is not GroupStatus.OPEN or now >= group.ends_at)
    return {**same, "over": over, "missing": max(group.least - group.taken, 0)}


class OpenGroup(GroupCard):
    """A group that anybody may join."""

    leader_name: str
    leader_avatar_url: str | None


class OpenGroups(Schema):
    """Groups to join, the one that ends first first."""

    now: datetime
    items: list[OpenGroup]


class GroupMember(Schema):
    """Somebody in a group."""

    name: str
    avatar_url: str | None
    is_leader: bool
    paid: bool
    joined_at: datetime
    me: bool
    free: bool
    """Their order was drawn: its goods cost nothing."""


class TierView(Schema):
    """What the goods cost at a size."""

    size: int
    unit_amounts: dict[str, Fen]
    """By SKU."""


class MySeat(Schema):
    """The caller's own seat."""

    order_id: str
    status: SeatStatus
    is_leader: bool
    back_amount: Fen
    """What came back when the group was complete."""
    may_leave: bool


class GroupPage(GroupCard):
    """A group whole."""

    now: datetime
    """The mall's clock, for countdowns."""
    title: str
    joinable: bool
    """Whether the caller could join, as far as the group is concerned."""
    newcomers_only: bool
    full_price: bool
    free_order: bool
    """One of the paid orders is drawn when the group is complete, and costs nothing."""
    size: int | None
    """The size at which it was completed."""
    made_up: int
    """Of that size, seats that nobody had."""
    reason: str | None
    tiers: list[TierView]
    members: list[GroupMember]
    mine: MySeat | None


class MyGroup(GroupCard):
    """A group of the caller's."""

    seat: SeatStatus
    order_id: str
    is_leader: bool


class AskGroupPoster(Schema):
    """``POST /groups/{group_id}/poster``."""

    template_id: Annotated[Id, Field(description="Null: the default.")] | None = None
