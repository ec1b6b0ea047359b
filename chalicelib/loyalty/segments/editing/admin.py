"""Staff: segments, tags and thresholds."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.loyalty.segments.editing import service
from chalicelib.loyalty.segments.editing.schemas import (
    EditSegment,
    ListSegmentMembers,
    ListSegments,
    NamedVersion,
    SegmentFields,
    SegmentView,
    SetSegmentStatus,
    SetSettings,
    SettingsView,
    VersionView,
)
from chalicelib.loyalty.segments.errors import (
    SegmentActive,
    SegmentEdited,
    SegmentNotFound,
    SettingsEdited,
    TooManySegments,
    UnknownTag,
)
from chalicelib.mall.identity.service import Staff

api = Api("segments", title="人群 Segments (staff)")


@api.get("/admin/segments", permission="segments.read")
def list_segments(staff: Staff, query: ListSegments) -> Page[SegmentView]:
    """List segments, newest first."""
    return service.find(query)


@api.post("/admin/segments", status=201, permission="segments.write", raises=[UnknownTag, TooManySegments])
def create_segment(staff: Staff, body: SegmentFields) -> SegmentView:
    """Make a draft. It has no members before its status is `active`."""
    return service.create(body, staff.staff_id)


@api.get("/admin/segments/{segment_id}", permission="segments.read", raises=[SegmentNotFound])
def show_segment(staff: Staff, segment_id: str) -> SegmentView:
    """Show a segment."""
    return SegmentView.of(service.load(segment_id))


@api.put(
    "/admin/segments/{segment_id}",
    permission="segments.write",
    raises=[SegmentNotFound, SegmentEdited, UnknownTag],
)
def edit_segment(staff: Staff, segment_id: str, body: EditSegment) -> SegmentView:
    """Edit a segment; members of an active one move within minutes."""
    return service.edit(segment_id, body, staff.staff_id)


@api.delete(
    "/admin/segments/{segment_id}",
    status=204,
    permission="segments.write",
    raises=[SegmentNotFound, SegmentEdited, SegmentActive],
)
def delete_segment(staff: Staff, segment_id: str, query: NamedVersion) -> None:
    """Delete a segment that is not active."""
    service.remove(segment_id, query.version)


@api.post(
    "/admin/segments/{segment_id}/status",
    permission="segments.write",
    raises=[SegmentNotFound, SegmentEdited, TooManySegments],
)
def set_segment_status(staff: Staff, segment_id: str, body: SetSegmentStatus) -> SegmentView:
    """Activate or stop a segment; members come and go within minutes."""
    return service.set_status(segment_id, body, staff.staff_id)


@api.get("/admin/segments/{segment_id}/members", permission="segments.read", raises=[SegmentNotFound])
def list_segment_members(staff: Staff, segment_id: str, query: ListSegmentMembers) -> Page[str]:
    """List ids of members."""
    return service.members(segment_id, query)


@api.get("/admin/segments/{segment_id}/versions", permission="segments.read")
def list_segment_versions(staff: Staff, segment_id: str, query: ListSegments) -> Page[VersionView]:
    """List what was written, by whom, newest first."""
    return service.versions(segment_id, query)


@api.get("/admin/segment-settings", permission="segments.read")
def show_segment_settings(staff: Staff) -> SettingsView:
    """Show the tags there are, and the thresholds of stages and scores."""
    return service.show_settings()


@api.put("/admin/segment-settings", permission="segments.write", raises=[SettingsEdited])
def set_segment_settings(staff: Staff, body: SetSettings) -> SettingsView:
    """Set tags and thresholds; members follow within minutes. A tag that is taken out leaves all members."""
    return service.put_settings(body, staff.staff_id)
