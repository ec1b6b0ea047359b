"""A coupon is used in a store: staff type or scan its code."""

from __future__ import annotations

from chalicelib.core import clock, states
from chalicelib.core.ledgers import insistently
from chalicelib.core.money import yuan
from chalicelib.core.once import Once
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.claims.schemas import CouponView
from chalicelib.loyalty.coupons.errors import CouponMoved, CouponNotFound, CouponNotUsable
from chalicelib.loyalty.coupons.events import CouponRedeemed
from chalicelib.loyalty.coupons.models import COUPON_STEPS, Coupon, CouponStatus
from chalicelib.loyalty.coupons.redeeming.schemas import Redeem
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.stores import service as stores
from chalicelib.mall.stores.clerks.service import require_served
from chalicelib.mall.stores.errors import StoreNotFound


def look(code: str) -> CouponView:
    """The coupon of that code. :raises CouponNotFound:"""
    return CouponView.of(_by_code(code), clock.now())


def redeem(code: str, asked: Redeem, staff: Staff, key: str) -> CouponView:
    """Use the coupon up, in this store, where *staff* work; once per *key*.

    :raises StoreNotFound: it is closed, or no store. :raises NotYourStore: :raises CouponNotFound, KeyReused:
    :raises CouponNotUsable: used, over, not yet good, or the purchase is below its threshold.
    """
    once = Once(staff.staff_id, f"redeem/{code}", key, asked)

    def use() -> str:
        place = stores.find(asked.store_id)
        if place is None or not place.is_visited:
            raise StoreNotFound()
        require_served(staff, asked.store_id)
        return insistently(lambda: _redeem(code, asked, staff.staff_id, once))

    once.carry_out(use)
    return look(code)


def _redeem(code: str, asked: Redeem, staff_id: str, once: Once) -> str:
    coupon, now = _by_code(code), clock.now()
    if coupon.status is not CouponStatus.UNUSED:
        raise CouponNotUsable(reason="已使用")
    if not coupon.valid_from <= now < coupon.expires_at:
        raise CouponNotUsable(reason="不在使用时间内")
    if asked.goods_amount < coupon.terms.threshold_amount:
        raise CouponNotUsable(reason=f"未满{yuan(coupon.terms.threshold_amount)}元")
    with once.writing(coupon.id) as tx:
        states.move(
            tx,
            Coupon(member_id=coupon.member_id, id=coupon.id),
            Coupon.status,
            COUPON_STEPS,
            CouponStatus.USED,
            Coupon.used_at.set(now),
            Coupon.store_id.set(asked.store_id),
            Coupon.redeemed_by.set(staff_id),
            also=Coupon.status == CouponStatus.UNUSED,
            otherwise=CouponMoved(),
        )
        service.change_book(tx, service.book_of(coupon.member_id), drop=[coupon.id])
        named = {"member_id": coupon.member_id, "coupon_id": coupon.id, "template_id": coupon.template_id}
        tx.emit(CouponRedeemed(**named, store_id=asked.store_id, goods_amount=asked.goods_amount, used_at=now))
    return str(coupon.id)


def _by_code(code: str) -> Coupon:
    for key in Coupon.by_code.query(code, limit=1):
        return service.load(key.member_id, key.id)
    raise CouponNotFound()
