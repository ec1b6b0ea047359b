"""Groups as staff see them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Fen, Id, PageQuery, Schema
from chalicelib.growth.campaigns.group_buy.models import Group, GroupStatus, Seat, SeatStatus


class FindGroups(PageQuery):
    """``GET /admin/campaigns/{campaign_id}/groups``."""

    status: GroupStatus | None = None
    """Null: the open ones; of a member: all."""
    member_id: Id | None = None
    """Only groups in which the member has, or had, a seat."""


class DeskGroup(Schema):
    """A group in a list."""

    id: str
    campaign_id: str
    leader_id: str
    status: GroupStatus
    least: int
    capacity: int
    taken: int
    paid: int
    size: int | None
    made_up: int
    reason: str | None
    began_at: datetime
    ends_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, group: Group) -> DeskGroup:
        return cls(**{name: getattr(group, name) for name in DeskGroup.model_fields})


class DeskSeat(Schema):
    """A seat of a group."""

    member_id: str
    order_id: str
    status: SeatStatus
    is_leader: bool
    held_at: datetime
    paid_at: datetime | None
    freed_at: datetime | None
    back_amount: Fen

    @classmethod
    def of(cls, seat: Seat) -> DeskSeat:
        return cls(**{name: getattr(seat, name) for name in cls.model_fields})


class DeskGroupDetail(DeskGroup):
    """A group whole."""

    seats: list[DeskSeat]
