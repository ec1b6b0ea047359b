"""Sharing a page, and finding the page behind a code."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.gateways.wechat.errors import PageNotReleased
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.links import errors, service
from chalicelib.mall.links.schemas import LinkView, MakeLink, UrlView
from chalicelib.mall.links.urls import service as urls
from chalicelib.mall.links.visits import service as visits

api = Api("links", title="分享 Links")


@api.post("/links", raises=[errors.TooManyLinks, errors.LinkCollision])
def share_page(buyer: Buyer, body: MakeLink) -> LinkView:
    """Share a page: its code, the scene for a mini-program code, and the path to share.

    The same page, parameters, channel and campaign of the same member have the same code.
    """
    return LinkView.of(service.share(buyer.member_id, body))


@api.get("/links/{code}", raises=[errors.LinkNotFound])
def open_link(code: str, buyer: Buyer | None) -> LinkView:
    """Find the page behind a code. The visit is counted, and kept as the buyer's when there is one."""
    link = service.link_of(code)
    visits.announce(link.code, buyer.member_id if buyer else None)
    return LinkView.of(link)


@api.post(
    "/links/{code}/url",
    raises=[
        errors.LinkNotFound,
        errors.TooManyLinks,
        errors.UrlQuotaUsedUp,
        PageNotReleased,
        PartnerUnavailable,
    ],
)
def make_url(buyer: Buyer, code: str) -> UrlView:
    """Give an address that opens the link from outside of WeChat. It works for at least three days, mostly."""
    found = urls.url_of(code, buyer.member_id)
    return UrlView(url=found.url, expires_at=found.expires_at)
