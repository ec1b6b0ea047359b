"""What a buyer may ask about their membership."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.loyalty.membership.standing import service
from chalicelib.loyalty.membership.standing.schemas import GrowthEntryView, ListGrowth, MembershipView
from chalicelib.mall.identity.service import Buyer

api = Api("membership", title="会员等级 Membership")


@api.get("/me/membership")
def my_membership(buyer: Buyer) -> MembershipView:
    """Show my level with its benefits, what reaches the next one, and until when it is held."""
    return service.mine(buyer.member_id)


@api.get("/me/growth")
def my_growth(buyer: Buyer, query: ListGrowth) -> Page[GrowthEntryView]:
    """Show my statement of growth, newest first; it adds up to the value."""
    return service.entries(buyer.member_id, query.limit, query.cursor)
