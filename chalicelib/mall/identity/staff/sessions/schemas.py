"""Staff login, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Line, Schema


class LogIn(Schema):
    username: Line
    password: Annotated[str, Field(min_length=1, max_length=128)]


class MeView(Schema):
    """Who calls, and what they may do."""

    id: str
    name: str
    permissions: list[str]
    store_ids: list[str]
    """The stores where they work."""


class StaffSessionView(Schema):
    """A session: send ``Authorization: Bearer <token>``."""

    token: str
    expires_at: datetime
    staff_id: str
