"""Tables of segments: keys, indexes, states."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.states import Steps
from chalicelib.core.tables import (
    DocumentAttribute,
    EnumAttribute,
    IntAttribute,
    Table,
    TimeAttribute,
    table_name,
)
from chalicelib.loyalty.segments.rules.schemas import Rule
from chalicelib.loyalty.segments.schemas import Settings

MALL = "mall"


class Stage(StrEnum):
    """Where a member is in their life as a customer."""

    NEW = "new"
    POTENTIAL = "potential"
    ACTIVE = "active"
    LOYAL = "loyal"
    SLEEPING = "sleeping"
    LOST = "lost"


class SegmentStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    """It has members."""
    STOPPED = "stopped"


SEGMENT_STEPS = Steps(
    {
        SegmentStatus.DRAFT: [SegmentStatus.ACTIVE],
        SegmentStatus.ACTIVE: [SegmentStatus.STOPPED],
        SegmentStatus.STOPPED: [SegmentStatus.ACTIVE],
    }
)


class SegmentMember(Table):
    """Who belongs to a segment now."""

    class Meta:
        table_name = table_name("segment_members")

    segment_id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(range_key=True)


class MemberFacts(Table):
    """What the mall knows of a member as a customer, and what follows from it. ``version`` guards every write."""

    class Meta:
        table_name = table_name("member_facts")

    member_id = UnicodeAttribute(hash_key=True)
    order_count = IntAttribute(default=0)
    """Orders paid; one that went back later still counts, one that was called off does not."""
    returned_count = IntAttribute(default=0)
    """Paid orders of which every piece went back."""
    completed_count = IntAttribute(default=0)
    paid_amount = IntAttribute(default=0)
    """Fen of all paid orders, with freight."""
    refunded_amount = IntAttribute(default=0)
    """Fen of goods that went back, at what they were sold for."""
    first_paid_at = TimeAttribute(null=True)
    last_paid_at = TimeAttribute(null=True)
    behavior = DocumentAttribute[dict[str, int]](dict[str, int], null=True)
    """How often they did what rules can ask for, by ``rules.schemas.BEHAVIOR``."""
    stores = DocumentAttribute[list[str]](list[str], null=True)
    """Where they were served last, the newest at the end."""
    hand_tags = DocumentAttribute[list[str]](list[str], default=list)
    """Put on by staff; what the member carries is ``tags``."""
    tags = DocumentAttribute[list[str]](list[str], default=list)
    segments = DocumentAttribute[list[str]](list[str], default=list)
    """Exactly the segments in which the member has a row."""
    stage = EnumAttribute(Stage, null=True)
    """Null: not looked at yet."""
    rfm = UnicodeAttribute(null=True)
    """Three digits from 1 to 5, such as ``543``; null: never paid."""
    version = IntAttribute(default=0)

    @property
    def has_paid(self) -> bool:
        """Whether the member has paid for anything that did not go back whole."""
        return self.order_count > self.returned_count


class StageEntry(Table):
    """A change of a member's stage or scores."""

    class Meta:
        table_name = table_name("member_stages")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    at = TimeAttribute()
    stage = EnumAttribute(Stage)
    rfm = UnicodeAttribute(null=True)


class SegmentSettings(Table):
    """The tags there are, and where stages and scores change: one item."""

    class Meta:
        table_name = table_name("segment_settings")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    settings = DocumentAttribute[Settings](Settings)
    version = IntAttribute(default=1)


class Segment(Table):
    """A rule with a name. All segments of the mall stand in one partition: they are at most some hundreds."""

    class Meta:
        table_name = table_name("segments")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    title = UnicodeAttribute()
    rule = DocumentAttribute[Rule](Rule)
    tag = UnicodeAttribute(null=True)
    """Its members carry this tag."""
    status = EnumAttribute(SegmentStatus)
    version = IntAttribute(default=1)
    created_at = TimeAttribute()


class SegmentVersion(Table):
    """A segment as it was written: rules are read when somebody asks why."""

    class Meta:
        table_name = table_name("segment_versions")

    segment_id = UnicodeAttribute(hash_key=True)
    version = UnicodeAttribute(range_key=True)
    """Eight digits."""
    title = UnicodeAttribute()
    rule = DocumentAttribute[Rule](Rule)
    tag = UnicodeAttribute(null=True)
    status = EnumAttribute(SegmentStatus)
    at = TimeAttribute()
    by = UnicodeAttribute()


class SegmentRun(Table):
    """A walk through all members: to put everybody where they belong, or only to count who fits a rule."""

    class Meta:
        table_name = table_name("segment_runs")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    rule = DocumentAttribute[Rule](Rule, null=True)
    """A preview has one, and changes nothing."""
    parts = IntAttribute()
    started_at = TimeAttribute()
    started_by = UnicodeAttribute()


class RunPart(Table):
    """One part of a walk, and how far it is."""

    class Meta:
        table_name = table_name("segment_run_parts")

    run_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    step = IntAttribute(default=0)
    cursor = UnicodeAttribute(null=True)
    """The last member that was looked at."""
    done = BooleanAttribute(default=False)
    seen = IntAttribute(default=0)
    changed = IntAttribute(default=0)
    matched = DocumentAttribute[dict[str, int]](dict[str, int], default=dict)
    """Members by segment; of a preview under ``preview``."""
    sample = DocumentAttribute[list[str]](list[str], default=list)
