"""Audiences and their lists, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Line, PageQuery, Schema
from chalicelib.loyalty.segments.audiences.models import Audience, AudienceList, ListStatus, Schedule
from chalicelib.loyalty.segments.editing.schemas import Version


class AudienceFields(Schema):
    """``POST /admin/audiences``."""

    title: Line
    segment_id: Id
    schedule: Schedule = Schedule.NEVER


class EditAudience(AudienceFields):
    """``PUT /admin/audiences/{audience_id}``."""

    version: Version


class ListAudiences(PageQuery):
    """All of them."""


class ListLists(PageQuery):
    """Of one audience."""


class FindListed(PageQuery):
    """``GET /admin/audiences/{audience_id}/members``."""

    number: Annotated[int, Field(ge=1, le=99_999_999)] | None = None
    """Of the list; null: the newest that is finished."""


class AudienceListView(Schema):
    """A list, and how far it is."""

    number: int
    segment_id: str
    status: ListStatus
    seen: int
    """Members of the segment looked at so far."""
    kept: int
    closed: int
    """Left out: the account is closed."""
    unwilling: int
    """Left out: no consent to marketing."""
    started_at: datetime
    started_by: str
    moved_at: datetime
    finished_at: datetime | None
    over_at: datetime
    """Then its members are deleted from it."""

    @classmethod
    def of(cls, stored: AudienceList) -> AudienceListView:
        known = {name: getattr(stored, name) for name in cls.model_fields}
        return cls.model_validate(known | {"number": int(stored.number)})


class AudienceView(Schema):
    """A name for the lists that are made of a segment."""

    id: str
    title: str
    segment_id: str
    schedule: Schedule
    current: int
    """Number of the newest finished list; 0: none yet."""
    latest: int
    """Number of the list that was begun last."""
    version: int
    created_at: datetime
    created_by: str

    @classmethod
    def of(cls, audience: Audience) -> AudienceView:
        return cls.model_validate({name: getattr(audience, name) for name in cls.model_fields})
