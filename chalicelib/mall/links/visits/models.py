"""Visits: counters of a day, who came through a link, and a member's first and last touch."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, IntAttribute, Table, TimeAttribute, table_name

SHARDS = 4


class LinkDay(Table):
    """One of the counters of a link's day. ``link``: ``code#shard``."""

    class Meta:
        table_name = table_name("link_days")

    link = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True)
    visits = IntAttribute(default=0)
    visitors = IntAttribute(default=0)


class LinkVisitor(Table):
    """A member who came through a link."""

    class Meta:
        table_name = table_name("link_visitors")

    member_id = UnicodeAttribute(hash_key=True)
    code = UnicodeAttribute(range_key=True)
    first_at = TimeAttribute()
    last_at = TimeAttribute()


class Touch(BaseModel):
    """How a member came, once: the link with what it stands for, as it is kept for attribution."""

    model_config = ConfigDict(defer_build=True)

    code: str
    sharer_id: str | None = None
    channel: str | None = None
    campaign_id: str | None = None
    at: datetime


class MemberTouch(Table):
    """What first brought a member here, and what did last."""

    class Meta:
        table_name = table_name("member_touches")

    member_id = UnicodeAttribute(hash_key=True)
    first: DocumentAttribute[Touch] = DocumentAttribute(Touch)
    last: DocumentAttribute[Touch] = DocumentAttribute(Touch)
    version = IntAttribute(default=1)
