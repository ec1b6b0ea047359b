"""Login, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Line, Schema
from chalicelib.mall.identity.members.schemas import MemberView


class LogIn(Schema):
    """The code of ``wx.login``, and where the person came from (kept at the first login only)."""

    code: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[\x21-\x7e]+$", examples=["0b3Qm000xyz"])]
    scene: Annotated[int, Field(ge=1, le=99_999)] | None = None
    """WeChat's scene number of this launch."""
    channel: Line | None = None
    path: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None
    """The page that was opened."""
    inviter_id: Id | None = None


class SessionView(Schema):
    """A session: send ``Authorization: Bearer <token>``."""

    token: str
    expires_at: datetime
    is_new: bool
    """The member was made by this login."""
    member: MemberView
