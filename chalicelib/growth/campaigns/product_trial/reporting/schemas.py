"""Reports, in."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.core.schemas import Id, Line, Schema
from chalicelib.mall.catalog.schemas import Picture


class SubmitReport(Schema):
    """``POST /campaigns/{campaign_id}/trial/report``."""

    text: Annotated[str, Field(min_length=10, max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")] = Field(
        examples=["用了两周，很柔软，洗过也不掉色。"]
    )
    pictures: Annotated[list[Picture], Field(max_length=9, examples=[["https://media.example/1.jpg"]])] = []
    stars: Annotated[int, Field(ge=1, le=5)]


class ReviewReport(Schema):
    """``POST /admin/campaigns/{campaign_id}/trial-reviews``."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"member_id": "mem_1", "accepted": True, "score": 90, "note": "写得很细"}]}
    )

    member_id: Id
    accepted: bool
    """False: it is sent back, to be written anew."""
    score: Annotated[int, Field(ge=0, le=100)]
    note: Line | None = None
    """The tester reads it."""
