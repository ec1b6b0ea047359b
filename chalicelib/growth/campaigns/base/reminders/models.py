"""Tables of reminders."""

from __future__ import annotations

import zlib
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.tables import DocumentAttribute, IntAttribute, Table, TimeAttribute, table_name

SHARDS = 8
"""Of an occasion: so many walks at once, and a rush of wishes does not meet on one part of the index."""


class BySlot(GlobalSecondaryIndex["Reminder"]):
    class Meta:
        index_name = "by_slot"
        projection = KeysOnlyProjection()

    slot = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(range_key=True)


class Reminder(Table):
    """A member's wish to be told when something begins."""

    class Meta:
        table_name = table_name("campaign_reminders")

    member_id = UnicodeAttribute(hash_key=True)
    occasion = UnicodeAttribute(range_key=True)
    """See :func:`occasion_of`."""
    slot = UnicodeAttribute()
    """See :func:`slot_of`."""
    asked_at = TimeAttribute()
    told_for = TimeAttribute(null=True)
    """The beginning of which the member was told. A campaign that was moved since begins at another time."""
    came_at = TimeAttribute(null=True)
    """When they first looked at the campaign while it ran."""
    bought_at = TimeAttribute(null=True)
    """When they first paid for an order of it."""
    expires_at = IntAttribute()

    by_slot = BySlot()


class ReminderBook(Table):
    """What a member waits for: the bound. Entries whose time is over are dropped when it is next written."""

    class Meta:
        table_name = table_name("campaign_reminder_books")

    member_id = UnicodeAttribute(hash_key=True)
    entries = DocumentAttribute[dict[str, datetime]](dict[str, datetime], default=dict)
    """Occasion → its beginning when it was asked for."""
    version = IntAttribute(default=0)


def occasion_of(campaign_id: str, session: str = "") -> str:
    """What begins: a campaign, or a session of it."""
    return f"{campaign_id}-{session}" if session else campaign_id


def parse_occasion(occasion: str) -> tuple[str, str]:
    """Campaign and session."""
    campaign_id, _, session = occasion.partition("-")
    return campaign_id, session


def slot_of(occasion: str, member_id: str) -> str:
    """The part of the occasion in which the member stands."""
    return slot(occasion, zlib.crc32(member_id.encode()) % SHARDS)


def slot(occasion: str, shard: int) -> str:
    return f"{occasion}#{shard}"
