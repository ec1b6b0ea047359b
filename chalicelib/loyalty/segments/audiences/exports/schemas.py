"""What is asked of a list that is taken out."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chalicelib.core.schemas import Line, Schema
from chalicelib.loyalty.segments.audiences.models import Hashing, Identifier


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


class Question(BaseModel):
    """Which list, and what of its members: the ``question`` of an export."""

    audience_id: str
    number: int
    identifier: Identifier
    hashing: Hashing
