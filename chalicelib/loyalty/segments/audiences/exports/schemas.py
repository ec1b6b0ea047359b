"""Exports of audiences, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core.schemas import Line, PageQuery, Schema
from chalicelib.loyalty.segments.audiences.models import AudienceExport, ExportStatus, Hashing, Identifier


class ExportAudience(Schema):
    """``POST /admin/audiences/{audience_id}/exports``."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"identifier": "phone", "hashing": "sha256", "reason": "双11投放"}]}
    )

    number: Annotated[int, Field(ge=1, le=99_999_999)] | None = None
    """Of the list; null: the newest that is finished."""
    identifier: Identifier
    hashing: Hashing
    reason: Line
    """What for: stays on record."""

    @model_validator(mode="after")
    def _nobody_is_named(self) -> Self:
        if (self.identifier is Identifier.MEMBER_ID) != (self.hashing is Hashing.NONE):
            raise ValueError("member ids go out as they are; phone, openid and unionid only hashed")
        return self


class ListExports(PageQuery):
    """Of one audience."""


class AudienceExportView(Schema):
    """A file of a list, and how far it is."""

    id: str
    audience_id: str
    number: int
    """Of the list."""
    identifier: Identifier
    hashing: Hashing
    status: ExportStatus
    step: int
    """Pieces written, of `steps`."""
    steps: int
    rows: int
    left_out: int
    """Closed, without consent, or without such an identifier."""
    links: int
    """How often a link was given out."""
    reason: str
    created_at: datetime
    created_by: str
    finished_at: datetime | None
    over_at: datetime
    """Then the file is deleted."""

    @classmethod
    def of(cls, stored: AudienceExport) -> AudienceExportView:
        return cls.model_validate({name: getattr(stored, name) for name in cls.model_fields})


class AudienceLinkView(Schema):
    """Where the file is, for a while."""

    url: str
    expires_at: datetime
    rows: int
