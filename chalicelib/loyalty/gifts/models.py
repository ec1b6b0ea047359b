"""Tables of gifts: keys."""

from __future__ import annotations

import zlib

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.loyalty.gifts.schemas import GiftKind, GiftRules
from chalicelib.loyalty.rewards.schemas import Reward

MALL = "mall"
SHARDS = 8


class GiftRulesRow(Table):
    """What is given: one item."""

    class Meta:
        table_name = table_name("gift_rules")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    rules = DocumentAttribute[GiftRules](GiftRules)
    version = IntAttribute(default=1)


class GiftMark(Table):
    """Through which business day the calendar was gone through: one item."""

    class Meta:
        table_name = table_name("gift_marks")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    through = UnicodeAttribute()


class MemberDay(Table):
    """The calendar: who has a birthday or an anniversary on a day of the year."""

    class Meta:
        table_name = table_name("member_days")

    slot = UnicodeAttribute(hash_key=True)
    """``birthday#11-24#3``."""
    member_id = UnicodeAttribute(range_key=True)


class MemberDates(Table):
    """In which slots of the calendar a member stands: what is moved when a birthday is."""

    class Meta:
        table_name = table_name("member_dates")

    member_id = UnicodeAttribute(hash_key=True)
    slots = DocumentAttribute[list[str]](list[str])
    version = IntAttribute(default=1)


class MemberGift(Table):
    """What a member was given. The key is the promise: once for each."""

    class Meta:
        table_name = table_name("member_gifts")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """``birthday/2026``, ``upgrade/gold``, ``monthly/2026-11``."""
    kind = EnumAttribute(GiftKind)
    at = TimeAttribute()
    level = UnicodeAttribute()
    reward = DocumentAttribute[Reward](Reward)


def slot(kind: GiftKind, day: str, member_id: str) -> str:
    """Where a member with that day of the year (``11-24``) stands."""
    return slot_of(kind, day, zlib.crc32(member_id.encode()) % SHARDS)


def slot_of(kind: GiftKind, day: str, shard: int) -> str:
    """A part of the calendar's day."""
    return f"{kind}#{day}#{shard}"
