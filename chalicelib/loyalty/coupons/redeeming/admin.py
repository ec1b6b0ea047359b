"""Staff of a store: look at a coupon, redeem it."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.loyalty.coupons import errors
from chalicelib.loyalty.coupons.claims.schemas import CouponView
from chalicelib.loyalty.coupons.redeeming import service
from chalicelib.loyalty.coupons.redeeming.schemas import Redeem
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.stores.errors import NotYourStore, StoreNotFound

api = Api("coupon_redeeming", title="优惠券 Coupons (staff)")


@api.get("/admin/coupons/{code}", permission="coupons.redeem", raises=[errors.CouponNotFound])
def look_at_coupon(staff: Staff, code: str) -> CouponView:
    """Show the coupon of a code that a buyer shows."""
    return service.look(code)


@api.post(
    "/admin/coupons/{code}/redeem",
    permission="coupons.redeem",
    raises=[
        *(errors.CouponNotFound, errors.CouponNotUsable, errors.CouponMoved, errors.BookMoved),
        *(StoreNotFound, NotYourStore, KeyReused),
    ],
)
def redeem_coupon(staff: Staff, code: str, body: Redeem, key: IdempotencyKey) -> CouponView:
    """Redeem a coupon in a store of mine; it can not be used again."""
    return service.redeem(code, body, staff, key)
