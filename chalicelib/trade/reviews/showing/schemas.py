"""Reviews as everybody sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import PageQuery, Schema


class FindReviews(PageQuery):
    """``GET /products/{product_id}/reviews``: all, or one filter."""

    stars: Annotated[int, Field(ge=1, le=5)] | None = None
    pictures: bool = False
    appended: bool = False

    @model_validator(mode="after")
    def _one_filter(self) -> FindReviews:
        if (self.stars is not None) + self.pictures + self.appended > 1:
            raise ValueError("one filter at a time")
        return self


class ReviewView(Schema):
    """A review on a product's page."""

    id: str
    writer: str
    """A name, or words for nobody."""
    avatar: str | None
    stars: int
    text: str | None
    tags: list[str]
    pictures: list[str]
    spec: str
    automatic: bool
    written_at: datetime
    append_text: str | None
    append_pictures: list[str]
    append_days: int | None
    """So many days after the review; null: nothing was added."""
    reply: str | None
    replied_at: datetime | None
