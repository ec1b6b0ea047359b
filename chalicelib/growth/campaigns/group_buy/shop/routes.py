"""What buyers may ask about groups. Starting and joining are orders: `options.group_buy` of `POST /orders`."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import TooBusy
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.group_buy.errors import GroupNotFound, GroupOver, StayInGroup
from chalicelib.growth.campaigns.group_buy.posters import service as posters
from chalicelib.growth.campaigns.group_buy.seats import service as seats
from chalicelib.growth.campaigns.group_buy.shop import service
from chalicelib.growth.campaigns.group_buy.shop.schemas import AskGroupPoster, GroupPage, MyGroup, OpenGroups
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.links.errors import LinkCollision
from chalicelib.mall.posters.errors import TemplateNotFound, TooManyPosters
from chalicelib.mall.posters.schemas import PosterView
from chalicelib.trade.orders.errors import OrderNotEditable

api = Api("groups", title="拼团 Group buying")


@api.get("/campaigns/{campaign_id}/groups", raises=[CampaignNotFound])
def list_open_groups(campaign_id: str, buyer: Buyer | None) -> OpenGroups:
    """List groups that anybody may join, the one that ends first first."""
    return service.open_groups(campaign_id)


@api.get("/groups/{group_id}", raises=[GroupNotFound])
def show_group(group_id: str, buyer: Buyer | None) -> GroupPage:
    """Show a group with its countdown, its members and its prices."""
    return service.page(group_id, buyer.member_id if buyer else None)


@api.post("/groups/{group_id}/leave", raises=[GroupNotFound, GroupOver, StayInGroup, OrderNotEditable, TooBusy])
def leave_group(group_id: str, buyer: Buyer) -> GroupPage:
    """Leave an open group: the order is canceled, all of its money comes back."""
    seats.leave(buyer.member_id, group_id)
    return service.page(group_id, buyer.member_id)


@api.post(
    "/groups/{group_id}/poster",
    raises=[GroupNotFound, GroupOver, TemplateNotFound, TooManyPosters, LinkCollision, TooBusy],
)
def ask_group_poster(group_id: str, buyer: Buyer, body: AskGroupPoster) -> PosterView:
    """Ask for a poster by which friends join. While it is pending, poll `GET /posters/{poster_id}`."""
    return PosterView.of(posters.ask(buyer.member_id, group_id, body.template_id))


@api.get("/me/groups")
def list_my_groups(buyer: Buyer, query: PageQuery) -> Page[MyGroup]:
    """List the groups that I am or was in, newest first."""
    return service.mine(buyer.member_id, query.limit, query.cursor)
