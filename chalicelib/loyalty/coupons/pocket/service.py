"""A member's own coupons."""

from __future__ import annotations

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.claims.schemas import CouponView
from chalicelib.loyalty.coupons.models import Coupon, CouponStatus
from chalicelib.loyalty.coupons.pocket.schemas import ListCoupons, Show

EXPORTED = 200


def mine(member_id: str, asked: ListCoupons) -> Page[CouponView]:
    """The member's coupons, newest first."""
    now = clock.now()
    condition = {
        Show.USABLE: (Coupon.status == CouponStatus.UNUSED) & (Coupon.expires_at > now),
        Show.USED: Coupon.status == CouponStatus.USED,
        Show.EXPIRED: (Coupon.status == CouponStatus.UNUSED) & (Coupon.expires_at <= now),
        Show.ALL: None,
    }[asked.show]
    found, cursor = pages.query(Coupon, member_id, limit=asked.limit, cursor=asked.cursor, filter_condition=condition)
    return Page[CouponView](items=[CouponView.of(each, now) for each in found], cursor=cursor)


def show(member_id: str, coupon_id: str) -> CouponView:
    """:raises CouponNotFound: it is not theirs, or does not exist."""
    return CouponView.of(service.load(member_id, coupon_id), clock.now())


def export(member_id: str) -> list[dict[str, object]]:
    """The member's newest coupons, for the copy of their personal data. Registered with identity."""
    newest = Coupon.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return [CouponView.of(each, clock.now()).model_dump(mode="json") for each in newest]
