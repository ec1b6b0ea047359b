"""Tables of segments: keys and indexes."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import Table, table_name


class SegmentMember(Table):
    """Who belongs to a segment now."""

    class Meta:
        table_name = table_name("segment_members")

    segment_id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute(range_key=True)
