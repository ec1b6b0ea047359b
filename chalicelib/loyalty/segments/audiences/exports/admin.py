"""Staff with a permission of its own: take members out as a file."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.loyalty.segments.audiences.errors import (
    AudienceEmptyYet,
    AudienceNotFound,
    ExportNotFound,
    ExportNotReady,
)
from chalicelib.loyalty.segments.audiences.exports import service
from chalicelib.loyalty.segments.audiences.exports.schemas import (
    AudienceExportView,
    AudienceLinkView,
    ExportAudience,
    ListExports,
)
from chalicelib.mall.identity.service import Staff

api = Api("audience_exports", title="人群 Segments (staff)")


@api.post(
    "/admin/audiences/{audience_id}/exports",
    status=201,
    permission="audiences.export",
    raises=[AudienceNotFound, AudienceEmptyYet],
)
def export_audience(staff: Staff, audience_id: str, body: ExportAudience) -> AudienceExportView:
    """Write a list as a file, one identifier a line: member ids, or phone, openid or unionid hashed for ad platforms.

    Who closed the account or took the consent back since the list was made is left out.
    """
    return service.create(audience_id, body, staff)


@api.get("/admin/audiences/{audience_id}/exports", permission="audiences.export")
def list_audience_exports(staff: Staff, audience_id: str, query: ListExports) -> Page[AudienceExportView]:
    """List who took what out, newest first."""
    return service.find(audience_id, query)


@api.get("/admin/audiences/{audience_id}/exports/{export_id}", permission="audiences.export", raises=[ExportNotFound])
def show_audience_export(staff: Staff, audience_id: str, export_id: str) -> AudienceExportView:
    """Show how far a file is."""
    return AudienceExportView.of(service.load(audience_id, export_id))


@api.post(
    "/admin/audiences/{audience_id}/exports/{export_id}/link",
    permission="audiences.export",
    raises=[ExportNotFound, ExportNotReady],
)
def link_to_audience_export(staff: Staff, audience_id: str, export_id: str) -> AudienceLinkView:
    """Give a link to the file that is good for fifteen minutes; each is on record. The file is deleted after 7 days."""
    return service.link(audience_id, export_id)
