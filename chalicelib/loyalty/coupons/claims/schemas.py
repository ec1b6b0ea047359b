"""The coupon center, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Fen, Id, PageQuery, Schema
from chalicelib.loyalty.coupons.models import Coupon, CouponStatus, Template
from chalicelib.loyalty.coupons.schemas import Kind, Terms

CodeText = Annotated[
    str, Field(min_length=4, max_length=32, pattern=r"^[0-9A-Za-z\u4e00-\u9fff]+$", examples=["WELCOME8"])
]


class TermsView(Schema):
    """What a coupon takes off, from what, and what it goes with."""

    kind: Kind
    off_amount: Fen | None
    off_bps: int | None
    cap_amount: Fen | None
    threshold_amount: Fen
    product_ids: list[str]
    category_ids: list[str]
    brand_ids: list[str]
    excluded_product_ids: list[str]
    exclusive_with: list[str]
    transferable: bool

    @classmethod
    def of(cls, terms: Terms) -> TermsView:
        plain = ("kind", "off_amount", "off_bps", "cap_amount", "threshold_amount", "exclusive_with", "transferable")
        named = terms.scope.model_dump(exclude={"below_category_ids"})
        return cls(**{name: getattr(terms, name) for name in plain}, **named)


class OfferView(Schema):
    """A template as buyers see it."""

    id: Id
    title: str
    terms: TermsView
    claim_until: datetime
    per_member_limit: int
    claimed: int
    """How many I have had."""
    sold_out: bool
    valid_until: datetime | None
    valid_days: int | None

    @classmethod
    def of(cls, template: Template, claimed: int) -> OfferView:
        return cls(
            id=template.id,
            title=template.title,
            terms=TermsView.of(template.terms),
            claim_until=template.claim_until,
            per_member_limit=template.per_member_limit,
            claimed=claimed,
            sold_out=template.sold_out,
            valid_until=template.terms.valid_until,
            valid_days=template.terms.valid_days,
        )


class ListOffers(PageQuery):
    """``GET /coupon-templates``."""

    product_id: Id | None = None
    """Only those that cover this product."""


class UseCode(Schema):
    """``POST /me/coupons/codes``."""

    code: CodeText


class CouponView(Schema):
    """A coupon that a member holds or held."""

    id: Id
    template_id: Id
    title: str
    terms: TermsView
    status: CouponStatus
    expired: bool
    """Over by the clock."""
    code: str
    """For the store: shown as text and as a code."""
    valid_from: datetime
    expires_at: datetime
    claimed_at: datetime
    used_at: datetime | None
    order_id: str | None
    store_id: str | None

    @classmethod
    def of(cls, coupon: Coupon, now: datetime) -> CouponView:
        plain = {name: getattr(coupon, name) for name in cls.model_fields if name not in ("terms", "expired")}
        return cls(**plain, terms=TermsView.of(coupon.terms), expired=coupon.expires_at <= now)
