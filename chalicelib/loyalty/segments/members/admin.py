"""Staff: what is known of a member, and tags by hand."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import NotFound
from chalicelib.loyalty.segments.errors import FactsMoved, TooManyTags, UnknownTag
from chalicelib.loyalty.segments.members import service
from chalicelib.loyalty.segments.members.schemas import EditTags, FactsView
from chalicelib.mall.identity.service import Staff

api = Api("member_facts", title="人群 Segments (staff)")


@api.get("/admin/members/{member_id}/facts", permission="segments.read", raises=[NotFound])
def show_facts(staff: Staff, member_id: str) -> FactsView:
    """Show a member's orders in sum, stage, scores, tags and segments."""
    return service.show(member_id)


@api.post(
    "/admin/members/{member_id}/tags",
    permission="segments.write",
    raises=[NotFound, UnknownTag, TooManyTags, FactsMoved],
)
def edit_tags(staff: Staff, member_id: str, body: EditTags) -> FactsView:
    """Put tags on a member by hand, and take them off. Tags of segments come and go by themselves."""
    return service.edit_tags(member_id, body)
