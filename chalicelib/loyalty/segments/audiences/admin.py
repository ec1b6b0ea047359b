"""Staff: audiences and their lists."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.loyalty.segments.audiences import service
from chalicelib.loyalty.segments.audiences.errors import (
    AudienceBusy,
    AudienceEdited,
    AudienceEmptyYet,
    AudienceNotFound,
    TooManyAudiences,
)
from chalicelib.loyalty.segments.audiences.schemas import (
    AudienceFields,
    AudienceListView,
    AudienceView,
    EditAudience,
    FindListed,
    ListAudiences,
    ListLists,
)
from chalicelib.loyalty.segments.editing.schemas import NamedVersion
from chalicelib.loyalty.segments.errors import SegmentNotFound
from chalicelib.mall.identity.service import Staff

api = Api("audiences", title="人群 Segments (staff)")


@api.get("/admin/audiences", permission="segments.read")
def list_audiences(staff: Staff, query: ListAudiences) -> Page[AudienceView]:
    """List audience packages, newest first."""
    return service.find(query)


@api.post("/admin/audiences", status=201, permission="segments.write", raises=[SegmentNotFound, TooManyAudiences])
def create_audience(staff: Staff, body: AudienceFields) -> AudienceView:
    """Name an active segment as an audience; its first list is made in the background."""
    return service.create(body, staff.staff_id)


@api.get("/admin/audiences/{audience_id}", permission="segments.read", raises=[AudienceNotFound])
def show_audience(staff: Staff, audience_id: str) -> AudienceView:
    """Show an audience."""
    return AudienceView.of(service.load(audience_id))


@api.put(
    "/admin/audiences/{audience_id}",
    permission="segments.write",
    raises=[AudienceNotFound, AudienceEdited, SegmentNotFound],
)
def edit_audience(staff: Staff, audience_id: str, body: EditAudience) -> AudienceView:
    """Edit title, segment and schedule. Lists that were made stay as they are."""
    return service.edit(audience_id, body)


@api.delete(
    "/admin/audiences/{audience_id}",
    status=204,
    permission="segments.write",
    raises=[AudienceNotFound, AudienceEdited],
)
def delete_audience(staff: Staff, audience_id: str, query: NamedVersion) -> None:
    """Delete an audience. Who took files out of it stays on record."""
    service.remove(audience_id, query.version)


@api.get("/admin/audiences/{audience_id}/lists", permission="segments.read", raises=[AudienceNotFound])
def list_audience_lists(staff: Staff, audience_id: str, query: ListLists) -> Page[AudienceListView]:
    """List what was made, newest first, with how far it is and who was left out."""
    return service.lists(audience_id, query)


@api.post(
    "/admin/audiences/{audience_id}/lists",
    status=201,
    permission="segments.write",
    raises=[AudienceNotFound, SegmentNotFound, AudienceBusy],
)
def refresh_audience(staff: Staff, audience_id: str) -> AudienceListView:
    """Make a new list, in the background; the one before is good until it is finished."""
    return service.refresh(audience_id, staff.staff_id)


@api.get(
    "/admin/audiences/{audience_id}/members", permission="segments.read", raises=[AudienceNotFound, AudienceEmptyYet]
)
def list_audience_members(staff: Staff, audience_id: str, query: FindListed) -> Page[str]:
    """List ids of members as they were frozen."""
    return service.members(audience_id, query)
