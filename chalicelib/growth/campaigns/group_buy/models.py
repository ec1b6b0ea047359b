"""Tables of groups: keys, indexes, states."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import EnumAttribute, FenAttribute, IntAttribute, Table, TimeAttribute, table_name

UNDECIDED = "open"
"""The key under which the job finds groups that are due."""


class GroupStatus(StrEnum):
    """The life of a group. See docs/algorithms/group-buy.md."""

    PENDING = "pending"
    """The leader has not paid."""
    OPEN = "open"
    COMPLETE = "complete"
    FAILED = "failed"


STEPS = Steps(
    {
        GroupStatus.PENDING: [GroupStatus.OPEN, GroupStatus.FAILED],
        GroupStatus.OPEN: [GroupStatus.COMPLETE, GroupStatus.FAILED],
    }
)


class SeatStatus(StrEnum):
    """The life of a seat."""

    HELD = "held"
    PAID = "paid"
    FREED = "freed"


class ByStatus(GlobalSecondaryIndex["Group"]):
    class Meta:
        index_name = "by_status"
        projection = KeysOnlyProjection()

    campaign_status = UnicodeAttribute(hash_key=True)
    ends_at = TimeAttribute(range_key=True)


class ByDue(GlobalSecondaryIndex["Group"]):
    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    undecided = UnicodeAttribute(hash_key=True)
    ends_at = TimeAttribute(range_key=True)


class Group(Table):
    """A group. ``taken`` counts the seats that are held or paid, ``paid`` those that are paid."""

    class Meta:
        table_name = table_name("groups")

    id = UnicodeAttribute(hash_key=True)
    campaign_id = UnicodeAttribute()
    campaign_status = UnicodeAttribute()
    """``campaign_id#status``: what is looked through. Changes with the status."""
    leader_id = UnicodeAttribute()
    status = EnumAttribute(GroupStatus)
    least = IntAttribute()
    """The smallest size."""
    capacity = IntAttribute()
    """The largest size."""
    taken = IntAttribute()
    paid = IntAttribute(default=0)
    began_at = TimeAttribute()
    ends_at = TimeAttribute()
    """The first moment at which nobody joins any more; while pending: as if the leader paid at once."""
    undecided = UnicodeAttribute(null=True)
    """:data:`UNDECIDED` while open."""
    decided_at = TimeAttribute(null=True)
    size = IntAttribute(null=True)
    """The size at which it was completed."""
    made_up = IntAttribute(default=0)
    """Of that size, seats that nobody had: the operator's choice."""
    free_member_id = UnicodeAttribute(null=True)
    """Whose order was drawn to cost nothing."""
    free_number = IntAttribute(null=True)
    """What the random source said: from zero to below ``free_of``, the paid seats, the one held first first."""
    free_of = IntAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    """Why it failed: ``time``, ``stopped``, ``left`` (nobody was in it any more), ``unpaid`` (by its leader)."""

    by_status = ByStatus()
    by_due = ByDue()

    def takes(self, now: datetime) -> bool:
        """Whether somebody may join at that moment. The end itself is over."""
        return self.status is GroupStatus.OPEN and now < self.ends_at and self.taken < self.capacity


class ByMember(GlobalSecondaryIndex["Seat"]):
    class Meta:
        index_name = "by_member"
        projection = KeysOnlyProjection()

    member_id = UnicodeAttribute(hash_key=True)
    held_at = TimeAttribute(range_key=True)


class Seat(Table):
    """A member's place in a group: one, however often they come and go."""

    class Meta:
        table_name = table_name("group_seats")

    group_id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(range_key=True)
    order_id = UnicodeAttribute()
    status = EnumAttribute(SeatStatus)
    is_leader = BooleanAttribute(default=False)
    counted = BooleanAttribute(default=False)
    """It stands in the member's count of groups."""
    brought_by = UnicodeAttribute(null=True)
    """Through whose link the member came, who joined; null: they found the group by themselves."""
    held_at = TimeAttribute()
    paid_at = TimeAttribute(null=True)
    freed_at = TimeAttribute(null=True)
    back_amount = FenAttribute(default=0)
    """What came back when the group was complete."""

    by_member = ByMember()


class GroupCount(Table):
    """How many groups of a campaign a member is in, where that is limited."""

    class Meta:
        table_name = table_name("group_counts")

    campaign_id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(range_key=True)
    groups = IntAttribute(default=0)


def campaign_status(campaign_id: str, status: GroupStatus) -> str:
    """The key under which groups of a status are found."""
    return f"{campaign_id}#{status}"
