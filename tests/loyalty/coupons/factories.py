"""Templates and coupons for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.models import Coupon, CouponBook, CouponStatus, Template, TemplateStatus, TemplateStock
from chalicelib.loyalty.coupons.templates import service as templates
from chalicelib.loyalty.coupons.templates.schemas import SetStatus, TemplateFields
from chalicelib.loyalty.segments.models import MALL, Segment, SegmentStatus
from chalicelib.loyalty.segments.rules.schemas import About, Condition, Op


def terms(**more: Any) -> dict[str, Any]:
    """Twenty yuan off from a hundred on, good for a week."""
    return {"kind": "cash", "off_amount": 2000, "threshold_amount": 10_000, "valid_days": 7, **more}


def fields(**more: Any) -> dict[str, Any]:
    now = clock.now()
    window = {"claim_from": now - timedelta(days=1), "claim_until": now + timedelta(days=30)}
    return {"title": "满100减20", "terms": terms(), "total": 100, "per_member_limit": 1, **window, **more}


VIP = "seg_vip"


def segment(segment_id: str = VIP) -> str:
    """A segment, with nobody in it."""
    rule = Condition(field=About.ORDER_COUNT, op=Op.AT_LEAST, number=1)
    more = {"title": "老客", "rule": rule, "status": SegmentStatus.ACTIVE, "version": 1, "created_at": clock.now()}
    Segment(shop=MALL, id=segment_id, **more).save()
    return segment_id


def over(**more: Any) -> Template:
    """A template whose fixed validity ended a minute ago."""
    now = clock.now()
    fixed = {"valid_days": None, "valid_from": now - timedelta(days=9), "valid_until": now - timedelta(minutes=1)}
    window = {"claim_from": now - timedelta(days=9), "claim_until": now - timedelta(days=1)}
    return template(terms=terms(**fixed), **window, **more)


def template(*, status: TemplateStatus = TemplateStatus.ACTIVE, **more: Any) -> Template:
    """A template that gives out coupons."""
    made = templates.create(TemplateFields(**fields(**more)))
    if status is TemplateStatus.ACTIVE:
        templates.set_status(made.id, SetStatus(status=status, version=1))
    return service.template_of(made.id, consistent=True)


def give(member_id: str, cause: str = "welcome", **more: Any) -> Coupon:
    """A coupon of a template of its own in the member's hands; *more* are its terms."""
    title = more.pop("title", "满100减20")
    made = template(way="grant", terms=terms(**more), title=title)
    with Transaction() as tx:
        return service.grant(tx, made.id, member_id, cause=cause)


def held(member_id: str) -> list[Coupon]:
    return list(Coupon.query(member_id, consistent_read=True))


def status_of(coupon: Coupon) -> CouponStatus:
    return service.load(coupon.member_id, coupon.id).status


def left(template_id: str) -> int:
    return sum(each.left for each in TemplateStock.query(template_id, consistent_read=True))


def require_sound(member_id: str) -> None:
    """The book holds exactly the coupons that are unused and not over."""
    book, now = CouponBook.find(member_id, consistent=True), clock.now()
    good = {each.id for each in held(member_id) if each.status is CouponStatus.UNUSED and each.expires_at > now}
    assert set(service.usable(book, now) if book else {}) == good
