"""What a buyer may ask about gifts."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.ledgers import AccountMoved
from chalicelib.loyalty.gifts.errors import NoMonthlyGift
from chalicelib.loyalty.gifts.mine import service
from chalicelib.loyalty.gifts.mine.schemas import AllGifts, GiftView, MyGifts
from chalicelib.mall.identity.service import Buyer

api = Api("gifts", title="会员礼遇 Gifts")


@api.get("/levels/gifts")
def level_gifts() -> AllGifts:
    """List what members of each level are given."""
    return service.offered()


@api.get("/me/gifts")
def my_gifts(buyer: Buyer) -> MyGifts:
    """Show what my level gets and what I was given."""
    return service.mine(buyer.member_id)


@api.post("/me/gifts/monthly", raises=[NoMonthlyGift, AccountMoved])
def take_monthly_gift(buyer: Buyer) -> GiftView:
    """Take this month's gift of my level; again answers the same."""
    return service.take_monthly(buyer.member_id)
