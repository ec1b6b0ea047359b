"""Tables of check-in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.loyalty.tasks.check_in.schemas import Rules

MALL = "mall"
SHARDS = 8


class CheckIn(Table):
    """A member's check-in. Days change under ``version``; cards also beside it, by adding."""

    class Meta:
        table_name = table_name("check_ins")

    member_id = UnicodeAttribute(hash_key=True)
    last_day = UnicodeAttribute(null=True)
    """The newest day that counts."""
    streak = IntAttribute(default=0)
    """Days without a gap that end on it."""
    total = IntAttribute(default=0)
    cards = IntAttribute(default=0)
    remind = BooleanAttribute(default=False)
    version = IntAttribute(default=0)
    """Counts the days that were entered; absent while the member only has cards."""


class Mark(BaseModel):
    """A day that counts."""

    model_config = ConfigDict(defer_build=True)

    streak: int
    made_up: bool = False
    given: list[int] = []
    """Steps whose reward this day gave."""


class CheckInMonth(Table):
    """A member's days in a month."""

    class Meta:
        table_name = table_name("check_in_months")

    member_id = UnicodeAttribute(hash_key=True)
    month = UnicodeAttribute(range_key=True)
    """``2026-11``."""
    marks = DocumentAttribute[dict[str, Mark]](dict[str, Mark], default=dict)
    """By day, ``2026-11-24``."""
    made_up = IntAttribute(default=0)
    """Days that were mended in this month, whichever they were…"""
    free = IntAttribute(default=0)
    """…and how many of these without a card."""


class RulesFrom(Table):
    """Rules and the day from which they hold."""

    class Meta:
        table_name = table_name("check_in_rules")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    from_day = UnicodeAttribute(range_key=True)
    rules = DocumentAttribute[Rules](Rules)
    version = IntAttribute()
    """Counts edits."""
    at = TimeAttribute()
    by = UnicodeAttribute()


class CheckInDay(Table):
    """One of the counters of a business day."""

    class Meta:
        table_name = table_name("check_in_days")

    day = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(range_key=True)
    checked_in = IntAttribute(default=0)
    made_up = IntAttribute(default=0)
