"""Reviews as staff see and decide them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Id, PageQuery, Schema
from chalicelib.trade.reviews.models import Part, Review, ReviewStatus
from chalicelib.trade.reviews.writing.schemas import MyReviewView


class FindReviews(PageQuery):
    """``GET /admin/reviews``: by one of these; a status may go with the product. Nothing: what staff must decide."""

    status: ReviewStatus | None = None
    product_id: Id | None = None
    order_number: Annotated[str, Field(pattern=r"^[0-9]{20}$", examples=["26112409000000123456"])] | None = None

    @model_validator(mode="after")
    def _one_question(self) -> FindReviews:
        if self.order_number and (self.product_id or self.status):
            raise ValueError("an order number goes alone")
        return self


class StaffReviewView(MyReviewView):
    """A review with who wrote it, and why it is held or hidden."""

    member_id: str
    order_number: str
    reason: str | None
    append_reason: str | None
    withdrawn_at: datetime | None
    """Since when it earns nothing: its goods went back, or it was hidden for good."""
    version: int

    @classmethod
    def of(cls, review: Review) -> StaffReviewView:
        return cls.model_validate({name: getattr(review, name) for name in cls.model_fields})


class Decide(Schema):
    """``POST …/decisions``."""

    part: Part = Part.MAIN
    show: bool
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = Field(
        None, examples=["含有联系方式"]
    )
    """For hiding; staff see it."""

    @model_validator(mode="after")
    def _says_why(self) -> Decide:
        if not self.show and self.reason is None:
            raise ValueError("who hides says why")
        return self


class Answer(Schema):
    """``PUT …/reply``: again replaces it."""

    text: Annotated[
        str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$", examples=["谢谢您的喜欢"])
    ]
