"""Staff with a permission of its own: take members out as a file."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.loyalty.segments.audiences.errors import AudienceEmptyYet, AudienceNotFound
from chalicelib.loyalty.segments.audiences.exports import service
from chalicelib.loyalty.segments.audiences.exports.schemas import ExportAudience
from chalicelib.mall.exports.errors import TooManyDataExports
from chalicelib.mall.exports.schemas import DataExportView
from chalicelib.mall.identity.service import Staff

api = Api("audience_exports", title="人群 Segments (staff)")


@api.post(
    "/admin/audiences/{audience_id}/exports",
    status=201,
    permission="data.export",
    raises=[AudienceNotFound, AudienceEmptyYet, TooManyDataExports, KeyReused],
)
def export_audience(staff: Staff, audience_id: str, body: ExportAudience, key: IdempotencyKey) -> DataExportView:
    """Write a list as a file, one identifier a line: member ids, or phone, openid or unionid hashed for ad platforms.

    Who closed the account or took the consent back since the list was made is left out. Needs `audiences.export`, too.
    Its progress, its link and the rest are those of all exports: `/admin/exports`.
    """
    return service.create(audience_id, body, key, staff)
