"""Uploads of pictures and videos."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.core.schemas import Schema

ContentType = Literal["image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4"]


class AskUpload(Schema):
    """``POST /admin/media``."""

    content_type: ContentType


class UploadView(Schema):
    """A signed form: POST ``fields``, then ``file``, as multipart/form-data to ``url``; then confirm ``key``."""

    key: str
    url: str
    fields: dict[str, str]
    content_type: str
    max_bytes: int
    expires_at: datetime


class ConfirmUpload(Schema):
    """``POST /admin/media/confirm``."""

    key: Annotated[
        str,
        Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._/\-]+$", examples=["uploads/image/202611/5f0c.png"]),
    ]


class MediaView(Schema):
    """A file that buyers can see. ``url`` is what products and categories take as a picture."""

    url: str
    content_type: str
    size: int
