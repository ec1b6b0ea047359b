"""Assists: start, help, look, share. Ordering is a preview and an order with the option `assist`."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.growth.campaigns.assist import errors
from chalicelib.growth.campaigns.assist.helping import service as helping
from chalicelib.growth.campaigns.assist.helping.schemas import HelpAssist, HelpMade, StartAssist
from chalicelib.growth.campaigns.assist.shop import service
from chalicelib.growth.campaigns.assist.shop.schemas import AssistCard, AssistPage, HelperView
from chalicelib.growth.campaigns.base.friends.schemas import AskShare, ShareView
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.links.errors import LinkCollision, TooManyLinks
from chalicelib.mall.posters.errors import TemplateNotFound, TooManyPosters

api = Api("assists", title="助力 Assists")


@api.post("/assists", status=201, raises=[errors.NotAssistable])
def start_assist(buyer: Buyer, body: StartAssist) -> AssistPage:
    """Start an assist for an item of a campaign. While I have one in the campaign, it is found instead."""
    return service.page(helping.start(buyer.member_id, body), buyer.member_id)


@api.get("/assists")
def list_assists(buyer: Buyer, query: PageQuery) -> Page[AssistCard]:
    """List the assists that I started, newest first."""
    return service.mine(buyer.member_id, query)


@api.get("/assists/{assist_id}", raises=[errors.AssistNotFound])
def show_assist(assist_id: str, buyer: Buyer | None) -> AssistPage:
    """Show an assist to its owner or a friend: progress, countdown."""
    return service.page(assist_id, buyer.member_id if buyer else None)


@api.get("/assists/{assist_id}/helps")
def list_helpers(assist_id: str, buyer: Buyer | None, query: PageQuery) -> Page[HelperView]:
    """List who has helped, newest first."""
    return service.helpers(assist_id, query)


@api.post(
    "/assists/{assist_id}/helps",
    status=201,
    raises=[
        errors.AssistNotFound,
        errors.OwnAssist,
        errors.OwnDevice,
        errors.AlreadyHelped,
        errors.AssistOver,
        errors.AssistComplete,
        errors.AssistSoldOut,
        errors.OnlyNewcomers,
        errors.HelpsUsedUp,
        errors.DeviceUsedUp,
    ],
)
def help_assist(buyer: Buyer, assist_id: str, body: HelpAssist) -> HelpMade:
    """Help a friend, once."""
    return helping.help_with(buyer.member_id, assist_id, body)


@api.post(
    "/assists/{assist_id}/shares",
    status=201,
    raises=[errors.AssistNotFound, errors.AssistOver, TemplateNotFound, TooManyLinks, TooManyPosters, LinkCollision],
)
def share_assist(buyer: Buyer, assist_id: str, body: AskShare) -> ShareView:
    """Get a code that leads to the assist and names me as the sharer; a poster too, if asked for."""
    return service.share(buyer.member_id, assist_id, body)
