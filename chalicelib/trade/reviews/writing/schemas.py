"""Reviews as their writer sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.mall.uploads.schemas import PictureKey
from chalicelib.trade.reviews.models import Review, ReviewStatus

MAX_PICTURES, MAX_TEXT = 9, 500
Words = Annotated[
    str, Field(min_length=1, max_length=MAX_TEXT, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$", examples=["很软，尺寸正好"])
]
Tag = Annotated[str, Field(min_length=1, max_length=12, pattern=r"^[^\x00-\x1f\x7f#]+$", examples=["质量好"])]
Pictures = Annotated[list[PictureKey], Field(max_length=MAX_PICTURES)]


class WriteReview(Schema):
    """``POST /orders/{order_id}/reviews``."""

    line: Annotated[int, Field(ge=0, le=199, examples=[0])]
    """The order's line, counted from 0."""
    stars: Annotated[int, Field(ge=1, le=5, examples=[5])]
    text: Words | None = None
    tags: Annotated[list[Tag], Field(max_length=5)] = []
    """Of ``GET /orders/{order_id}/reviews``."""
    pictures: Pictures = []
    anonymous: bool = False
    """Others see no name and no face."""


class AppendReview(Schema):
    """``POST /me/reviews/{review_id}/append``."""

    text: Words | None = Field(None, examples=["用了一个月，还是很好"])
    pictures: Pictures = []

    @model_validator(mode="after")
    def _says_something(self) -> AppendReview:
        if self.text is None and not self.pictures:
            raise ValueError("words or pictures")
        return self


class ListReviews(PageQuery):
    """``GET /me/reviews``."""


class MyReviewView(Schema):
    """A review as its writer sees it."""

    id: str
    order_id: str
    line: int
    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    stars: int
    text: str | None
    tags: list[str]
    pictures: list[str]
    anonymous: bool
    automatic: bool
    """Made when the time to review was over."""
    status: ReviewStatus
    """Only what is ``shown`` is seen by others."""
    written_at: datetime
    append_text: str | None
    append_pictures: list[str]
    append_status: ReviewStatus | None
    appended_at: datetime | None
    reply: str | None
    replied_at: datetime | None

    @classmethod
    def of(cls, review: Review) -> MyReviewView:
        return cls.model_validate({name: getattr(review, name) for name in cls.model_fields})


class ReviewableLine(Schema):
    """A line of an order: what may be said of it, or was."""

    line: int
    product_id: str
    name: str
    spec: str
    picture: str
    may_review: bool
    may_append: bool
    review: MyReviewView | None


class OrderReviews(Schema):
    """What may be reviewed of an order, and until when."""

    lines: list[ReviewableLine]
    review_by: datetime | None
    """Null: not received yet."""
    tags: list[str]
    """What a review can be tagged with."""
