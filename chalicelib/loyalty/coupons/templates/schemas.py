"""Templates, in and out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core.schemas import Id, Line, Moment, PageQuery, Schema
from chalicelib.loyalty.coupons.claims.schemas import CodeText
from chalicelib.loyalty.coupons.models import Template, TemplateStatus, Way
from chalicelib.loyalty.coupons.schemas import Terms

MAX_TOTAL = 10_000_000


EXAMPLE: dict[str, Any] = {
    "title": "满100减20",
    "terms": {"kind": "cash", "off_amount": 2000, "threshold_amount": 10_000, "valid_days": 7},
    "total": 10_000,
    "claim_from": "2026-11-24T10:00:00Z",
    "claim_until": "2026-12-24T10:00:00Z",
}


class TemplateFields(Schema):
    """What staff decide. ``terms`` are fixed once the template was active; ``total`` only grows then."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    title: Line
    way: Way = Way.PUBLIC
    word: CodeText | None = None
    """For ``code``: one word for everybody; without it, single codes are made."""
    terms: Terms
    total: Annotated[int, Field(ge=1, le=MAX_TOTAL)]
    per_member_limit: Annotated[int, Field(ge=1, le=1000)] = 1
    claim_from: Moment
    claim_until: Moment
    segment_id: Id | None = None

    @model_validator(mode="after")
    def _whole(self) -> TemplateFields:
        if self.claim_from >= self.claim_until:
            raise ValueError("claim_from is before claim_until")
        if self.word is not None and self.way is not Way.CODE:
            raise ValueError("word is for the way code")
        fixed_end = self.terms.valid_until
        if fixed_end is not None and fixed_end < self.claim_until:
            raise ValueError("coupons would be claimed after their end: claim_until is at most valid_until")
        return self


class EditTemplate(TemplateFields):
    """``PUT /admin/coupon-templates/{template_id}``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, "version": 1}]})

    version: Annotated[int, Field(ge=1)]


class SetStatus(Schema):
    """``POST /admin/coupon-templates/{template_id}/status``."""

    status: TemplateStatus
    version: Annotated[int, Field(ge=1)]


class ListTemplates(PageQuery):
    """``GET /admin/coupon-templates``."""

    status: TemplateStatus | None = None


class TemplateView(Schema):
    """A template as staff see it."""

    id: Id
    title: str
    status: TemplateStatus
    way: Way
    word: str | None
    terms: Terms
    total: int
    per_member_limit: int
    claim_from: datetime
    claim_until: datetime
    segment_id: str | None
    sold_out: bool
    created_at: datetime
    version: int

    @classmethod
    def of(cls, template: Template) -> TemplateView:
        return cls(**{name: getattr(template, name) for name in cls.model_fields})


class TemplateDetail(TemplateView):
    """A template with what is left of it."""

    left: int


class AskDays(Schema):
    """``GET /admin/coupon-templates/{template_id}/days``."""

    from_day: date
    to_day: date

    @model_validator(mode="after")
    def _bounded(self) -> AskDays:
        if not 0 <= (self.to_day - self.from_day).days < 92:
            raise ValueError("from_day to to_day is 1 to 92 days")
        return self


class TemplateNumbers(Schema):
    """What a template did."""

    issued_count: int = 0
    used_count: int = 0
    returned_count: int = 0
    redeemed_count: int = 0
    discount_amount: int = 0
    """Taken off by those that were used, less what was returned."""
    goods_amount: int = 0
    """Goods of those orders before discounts, less the returned."""
    redeemed_discount_amount: int = 0
    """Taken off in stores, of…"""
    redeemed_goods_amount: int = 0
    """…what was bought there, as the till said."""


class DayView(TemplateNumbers):
    """What a template did on a business day."""

    day: date


class DaysView(Schema):
    items: list[DayView]
    total: TemplateNumbers
    """Of all these days."""
