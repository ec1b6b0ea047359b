"""Members of segments, as other benefits and higher floors ask for them."""

from __future__ import annotations

from chalicelib.core import pages
from chalicelib.loyalty.segments.models import SegmentMember


def page_of_members(segment_id: str, cursor: str | None, limit: int) -> tuple[list[str], str | None]:
    """The ids of some members of a segment, and a cursor to the next ones."""
    found, rest = pages.query(SegmentMember, segment_id, limit=limit, cursor=cursor)
    return [each.member_id for each in found], rest
