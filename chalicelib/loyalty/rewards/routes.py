"""What a buyer may ask about coupons that wait."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.ledgers import AccountMoved
from chalicelib.loyalty.coupons.errors import BookFull, TemplateNotFound, TemplateOver
from chalicelib.loyalty.rewards import service
from chalicelib.loyalty.rewards.errors import NothingWaits
from chalicelib.loyalty.rewards.schemas import TakenView, WaitingCoupons
from chalicelib.mall.identity.service import Buyer

api = Api("rewards", title="奖励 Rewards")


@api.get("/me/waiting-coupons")
def waiting_coupons(buyer: Buyer) -> WaitingCoupons:
    """List coupons that I was given but had no room for."""
    return WaitingCoupons(items=service.waiting(buyer.member_id))


@api.post(
    "/me/waiting-coupons/{coupon_id}", raises=[NothingWaits, BookFull, TemplateNotFound, TemplateOver, AccountMoved]
)
def take_waiting_coupon(buyer: Buyer, coupon_id: str) -> TakenView:
    """Take a waiting coupon; again answers the same. Its validity begins now."""
    return TakenView(coupon_id=service.take(buyer.member_id, coupon_id))
