"""Staff: links, who came through them, and links of the mall's own."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.api import Api
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.links import errors, service
from chalicelib.mall.links.schemas import (
    FindLinks,
    KnownUrlView,
    LinkVisitsView,
    MakeLink,
    ShowVisits,
    StaffLinkView,
)
from chalicelib.mall.links.urls import service as urls
from chalicelib.mall.links.visits import service as visits

api = Api("links_admin", title="分享 Links (staff)")


@api.get("/admin/links", permission="sharing.read")
def list_links(staff: Staff, query: FindLinks) -> Page[StaffLinkView]:
    """List links of a member or of a channel, the newest first."""
    found, cursor = service.search(query)
    return Page(items=[StaffLinkView.of(each) for each in found], cursor=cursor)


@api.post("/admin/links", permission="sharing.write", raises=[errors.LinkCollision])
def create_link(staff: Staff, body: MakeLink) -> StaffLinkView:
    """Create a link of the mall's own, such as for an advert. The same content has the same code."""
    return StaffLinkView.of(service.code_for(body.page, body.parameters, None, body.channel, body.campaign_id))


@api.get("/admin/links/{code}", permission="sharing.read", raises=[errors.LinkNotFound])
def show_link(staff: Staff, code: str, query: ShowVisits) -> LinkVisitsView:
    """Show a link with its visits day by day."""
    link = service.link_of(code)
    last = query.last_day or clock.today()
    days = visits.days_of(link.code, query.first_day or last - timedelta(days=29), last)
    return LinkVisitsView(
        **StaffLinkView.of(link).model_dump(),
        days=days,
        visits=sum(each.visits for each in days),
        visitors=sum(each.visitors for each in days),
    )


@api.get(
    "/admin/links/{code}/url",
    permission="sharing.read",
    raises=[errors.LinkNotFound, PartnerUnavailable],
)
def show_url(staff: Staff, code: str) -> KnownUrlView:
    """Show what WeChat knows of the link's URL Link, and how many openings the mall has left today."""
    known, kept, left = urls.known_of(code)
    return KnownUrlView(
        url=kept.url, expires_at=known.expires_at, page=known.page, query=known.query, visits_left_today=left
    )
