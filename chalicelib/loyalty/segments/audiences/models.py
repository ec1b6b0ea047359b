"""Tables of audiences. The lists themselves lie in the work bucket."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import EnumAttribute, IntAttribute, Table, TimeAttribute, table_name

MALL = "mall"


class Schedule(StrEnum):
    """When a new list is made by itself."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"
    """On Mondays."""


class Audience(Table):
    """A name for the lists that are made of a segment. All of them stand in one partition: at most a hundred."""

    class Meta:
        table_name = table_name("audiences")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    title = UnicodeAttribute()
    segment_id = UnicodeAttribute()
    schedule = EnumAttribute(Schedule)
    current = IntAttribute(default=0)
    """Number of the newest finished list; 0: none yet."""
    latest = IntAttribute(default=0)
    """Number of the list that was begun last."""
    version = IntAttribute(default=1)
    """Counts edits."""
    created_at = TimeAttribute()
    created_by = UnicodeAttribute()


class ListStatus(StrEnum):
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


class AudienceList(Table):
    """One freezing of the segment, and how far it is."""

    class Meta:
        table_name = table_name("audience_lists")

    audience_id = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)
    """Eight digits."""
    segment_id = UnicodeAttribute()
    status = EnumAttribute(ListStatus)
    step = IntAttribute(default=0)
    """Pages that are written; each is a file of member ids."""
    cursor = UnicodeAttribute(null=True)
    seen = IntAttribute(default=0)
    """Members of the segment looked at so far."""
    kept = IntAttribute(default=0)
    closed = IntAttribute(default=0)
    """Left out: the account is closed."""
    unwilling = IntAttribute(default=0)
    """Left out: no consent to marketing."""
    started_at = TimeAttribute()
    started_by = UnicodeAttribute()
    moved_at = TimeAttribute()
    """When the last page was written."""
    finished_at = TimeAttribute(null=True)
    over_at = TimeAttribute()
    """When its files are deleted."""


class Identifier(StrEnum):
    """What stands in a file, one a line."""

    MEMBER_ID = "member_id"
    """The mall's own: for tools of the shop."""
    PHONE = "phone"
    OPENID = "openid"
    UNIONID = "unionid"


class Hashing(StrEnum):
    """How it is written: hexadecimal, small letters, no salt, as ad platforms match it."""

    NONE = "none"
    """Only for member ids."""
    SHA256 = "sha256"
    MD5 = "md5"
    """Where a platform takes nothing else."""
