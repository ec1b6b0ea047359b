"""A buyer's picture: asking for a form, and naming what was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.core.schemas import Schema

PictureKey = Annotated[
    str,
    Field(
        max_length=100,
        pattern=r"^uploads/image/[0-9]{6}/[0-9a-f]{32}\.[a-z]{3,4}$",
        examples=["uploads/image/202611/0123456789abcdef0123456789abcdef.jpg"],
    ),
]
"""The ``key`` of a form of ``POST /me/media``, once its picture was sent."""


class AskPicture(Schema):
    """``POST /me/media``."""

    content_type: Literal["image/jpeg", "image/png", "image/webp"]


class PictureForm(Schema):
    """A signed form: POST ``fields``, then ``file``, as multipart/form-data to ``url``; then name its ``key``."""

    key: str
    url: str
    fields: dict[str, str]
    content_type: str
    max_bytes: int
    expires_at: datetime
