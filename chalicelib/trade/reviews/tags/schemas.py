"""The tags of reviews."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.trade.reviews.writing.schemas import Tag


class SetTags(Schema):
    """``PUT /admin/review-tags``: the list whole."""

    tags: Annotated[list[Tag], Field(max_length=20)]
    """In the order to show."""
