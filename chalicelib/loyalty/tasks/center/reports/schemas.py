"""What is reported, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.tasks.center.schemas import Word


class Share(Schema):
    """``POST /me/shares``."""

    page: Word
    """The page that was shared."""


class Visit(Schema):
    """``POST /me/visits``."""

    page: Word
    """The page that was visited long enough."""


class ReportView(Schema):
    """Whether it counted for any task."""

    counted: bool


class NoteDoing(Schema):
    """``POST /admin/members/{member_id}/doings``."""

    what: Word
    """The word of tasks of the kind `custom`."""
    times: Annotated[int, Field(ge=1, le=1000)] = 1


class NotedView(Schema):
    """It counts within a moment."""

    member_id: str
