"""What a buyer may ask about their own coupons."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.loyalty.coupons import errors
from chalicelib.loyalty.coupons.claims.schemas import CouponView, UseCode
from chalicelib.loyalty.coupons.codes import service as codes
from chalicelib.loyalty.coupons.gifts import service as gifts
from chalicelib.loyalty.coupons.gifts.schemas import GiftView
from chalicelib.loyalty.coupons.pocket import service
from chalicelib.loyalty.coupons.pocket.schemas import ListCoupons
from chalicelib.mall.identity.service import Buyer

api = Api("coupons", title="优惠券 Coupons")

CLAIM_REFUSALS = [errors.NotClaimable, errors.NotForYou, errors.SoldOut, errors.ClaimLimitReached, errors.BookFull]


@api.get("/me/coupons")
def list_coupons(buyer: Buyer, query: ListCoupons) -> Page[CouponView]:
    """List my coupons: usable, used, expired, or all."""
    return service.mine(buyer.member_id, query)


@api.get("/me/coupons/{coupon_id}", raises=[errors.CouponNotFound])
def show_coupon(buyer: Buyer, coupon_id: str) -> CouponView:
    """Show one of my coupons, with its code for the store."""
    return service.show(buyer.member_id, coupon_id)


@api.post(
    "/me/coupons/codes",
    status=201,
    raises=[errors.InvalidCode, errors.TemplateNotFound, *CLAIM_REFUSALS, errors.BookMoved, KeyReused],
)
def use_code(buyer: Buyer, body: UseCode, key: IdempotencyKey) -> CouponView:
    """Exchange a code for a coupon."""
    return CouponView.of(codes.use(buyer.member_id, body, key), clock.now())


@api.post(
    "/me/coupons/{coupon_id}/gift",
    status=201,
    raises=[
        errors.CouponNotFound,
        errors.NotTransferable,
        errors.CouponNotUsable,
        errors.CouponMoved,
        errors.BookMoved,
    ],
)
def give_coupon(buyer: Buyer, coupon_id: str) -> GiftView:
    """Offer a coupon to a friend: share the gift's id; it is open for a day. Again: the same gift."""
    return gifts.offer(buyer.member_id, coupon_id)


@api.delete("/me/coupons/{coupon_id}/gift", raises=[errors.CouponNotFound, errors.GiftOver, errors.BookMoved])
def call_back_gift(buyer: Buyer, coupon_id: str) -> CouponView:
    """Call an offered coupon back, unless the friend was faster."""
    gifts.call_back(buyer.member_id, coupon_id)
    return service.show(buyer.member_id, coupon_id)


@api.get("/coupon-gifts/{gift_id}", raises=[errors.GiftOver])
def look_at_gift(buyer: Buyer, gift_id: str) -> GiftView:
    """Look at a coupon that a friend offers."""
    return gifts.look(gift_id)


@api.post(
    "/coupon-gifts/{gift_id}/take",
    status=201,
    raises=[errors.GiftOver, errors.OwnGift, errors.BookFull, errors.BookMoved],
)
def take_gift(buyer: Buyer, gift_id: str) -> CouponView:
    """Take a coupon that a friend offers. Again by the same friend: the same coupon."""
    return CouponView.of(gifts.take(buyer.member_id, gift_id), clock.now())
