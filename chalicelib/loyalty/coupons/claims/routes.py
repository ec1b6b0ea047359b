"""What a buyer may ask of the coupon center."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.loyalty.coupons import errors
from chalicelib.loyalty.coupons.claims import service
from chalicelib.loyalty.coupons.claims.schemas import CouponView, ListOffers, OfferView
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.service import Buyer

api = Api("coupon_center", title="优惠券 Coupons")

REFUSALS = [errors.NotClaimable, errors.NotForYou, errors.SoldOut, errors.ClaimLimitReached, errors.BookFull]


@api.get("/coupon-templates", raises=[ProductNotFound])
def list_offers(buyer: Buyer, query: ListOffers) -> Page[OfferView]:
    """List the coupons that I can claim; with `product_id`, those that cover a product."""
    return service.offers(buyer.member_id, query)


@api.post(
    "/coupon-templates/{template_id}/claim",
    status=201,
    raises=[errors.TemplateNotFound, *REFUSALS, errors.BookMoved, KeyReused],
)
def claim_coupon(buyer: Buyer, template_id: str, key: IdempotencyKey) -> CouponView:
    """Claim a coupon. The same `Idempotency-Key` answers with the same coupon."""
    return CouponView.of(service.claim(buyer.member_id, template_id, key), clock.now())
