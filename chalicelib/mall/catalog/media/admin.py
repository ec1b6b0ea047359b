"""Staff: upload pictures and videos."""

from __future__ import annotations

from dataclasses import asdict

from chalicelib.core.api import Api
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.errors import (
    MediaTooLarge,
    StorageUnavailable,
    UnsupportedMedia,
    UploadNotFound,
)
from chalicelib.mall.catalog.media.schemas import AskUpload, ConfirmUpload, MediaView, UploadView
from chalicelib.mall.identity.service import Staff

api = Api("media", title="素材 Media (staff)")


@api.post("/admin/media", status=201, permission="catalog.write", raises=[UnsupportedMedia])
def ask_upload(staff: Staff, body: AskUpload) -> UploadView:
    """Ask for a signed form with which one picture (5 MB) or video (50 MB) is uploaded."""
    return UploadView(**asdict(storage.presign_upload(body.content_type)))


@api.post(
    "/admin/media/confirm",
    permission="catalog.write",
    raises=[UploadNotFound, UnsupportedMedia, MediaTooLarge, StorageUnavailable],
)
def confirm_upload(staff: Staff, body: ConfirmUpload) -> MediaView:
    """Confirm an upload: its first bytes and size are looked at; what it is not allowed to be is deleted."""
    media = storage.confirm(body.key)
    return MediaView(url=media.url, content_type=media.content_type, size=media.size)
