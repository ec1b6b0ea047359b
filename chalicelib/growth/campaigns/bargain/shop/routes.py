"""Bargains: start, cut, look, share. Buying is a preview and an order with the option `bargain`."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.growth.campaigns.bargain import errors
from chalicelib.growth.campaigns.bargain.cutting import service as cutting
from chalicelib.growth.campaigns.bargain.cutting.schemas import CutMade, StartBargain
from chalicelib.growth.campaigns.bargain.shop import service
from chalicelib.growth.campaigns.bargain.shop.schemas import BargainCard, BargainPage, CutView
from chalicelib.growth.campaigns.base.friends.schemas import AskShare, ShareView
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.links.errors import LinkCollision, TooManyLinks
from chalicelib.mall.posters.errors import TemplateNotFound, TooManyPosters

api = Api("bargains", title="砍价 Bargains")


@api.post("/bargains", status=201, raises=[errors.NotBargainable])
def start_bargain(buyer: Buyer, body: StartBargain) -> BargainPage:
    """Start a bargain for an item of a campaign. While one runs there, it is found instead."""
    return service.page(cutting.start(buyer.member_id, body), buyer.member_id)


@api.get("/bargains")
def list_bargains(buyer: Buyer, query: PageQuery) -> Page[BargainCard]:
    """List the bargains that I started, newest first."""
    return service.mine(buyer.member_id, query)


@api.get("/bargains/{bargain_id}", raises=[errors.BargainNotFound])
def show_bargain(bargain_id: str, buyer: Buyer | None) -> BargainPage:
    """Show a bargain to its owner or a friend: price, progress, countdown."""
    return service.page(bargain_id, buyer.member_id if buyer else None)


@api.get("/bargains/{bargain_id}/cuts")
def list_cuts(bargain_id: str, buyer: Buyer | None, query: PageQuery) -> Page[CutView]:
    """List who has cut how much, newest first."""
    return service.cuts(bargain_id, query)


@api.post(
    "/bargains/{bargain_id}/cuts",
    status=201,
    raises=[
        errors.BargainNotFound,
        errors.OwnBargain,
        errors.AlreadyCut,
        errors.BargainOver,
        errors.BargainAtFloor,
        errors.BargainSoldOut,
        errors.BargainOrdered,
        errors.CutsUsedUp,
    ],
)
def cut_bargain(buyer: Buyer, bargain_id: str) -> CutMade:
    """Take something off a friend's price, once."""
    return cutting.cut(buyer.member_id, bargain_id)


@api.post(
    "/bargains/{bargain_id}/shares",
    status=201,
    raises=[
        errors.BargainNotFound,
        errors.BargainOver,
        TemplateNotFound,
        TooManyLinks,
        TooManyPosters,
        LinkCollision,
    ],
)
def share_bargain(buyer: Buyer, bargain_id: str, body: AskShare) -> ShareView:
    """Get a code that leads to the bargain and names me as the sharer; a poster too, if asked for."""
    return service.share(buyer.member_id, bargain_id, body)
