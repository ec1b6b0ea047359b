"""Counters of what members send."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import IntAttribute, Table, table_name


class ServiceCount(Table):
    """How often a member did something on a business day. ``id``: ``ticket#2026-11-24``."""

    class Meta:
        table_name = table_name("service_counts")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    used = IntAttribute(default=0)
    expires_at = IntAttribute()
