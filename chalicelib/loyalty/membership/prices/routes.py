"""What a buyer may ask about member prices."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.loyalty.membership.prices import service
from chalicelib.loyalty.membership.prices.schemas import AskPrices, MemberPrices
from chalicelib.mall.identity.service import Buyer

api = Api("member_prices", title="会员等级 Membership")


@api.get("/me/member-prices")
def my_prices(buyer: Buyer, query: AskPrices) -> MemberPrices:
    """Show what up to 30 products cost my level, and which of them are for higher levels: for lists and pages."""
    return service.shown(buyer.member_id, query.product_ids)
