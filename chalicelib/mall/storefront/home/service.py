"""The first screen is made of what others answer; nothing is decided here."""

from __future__ import annotations

from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.schemas import MemberView
from chalicelib.mall.storefront.browsing import service as browsing
from chalicelib.mall.storefront.home.schemas import HomeView, OpenHome
from chalicelib.mall.storefront.layouts import service as layouts
from chalicelib.mall.storefront.listing import service as listing
from chalicelib.mall.storefront.listing.schemas import FindProducts
from chalicelib.mall.storefront.searches import service as searches


def home(asked: OpenHome, member_id: str | None) -> HomeView:
    """The first screen: one read, and one more for a member; and what the page needs, which is kept for ten seconds.

    :raises SearchUnavailable: as the list. :raises Unauthorized: as the member's own data.
    """
    return HomeView(
        layout=layouts.seen(asked.store_id),
        categories=browsing.categories(),
        products=listing.find(FindProducts(limit=asked.limit), member_id),
        hot_words=searches.hot_words(),
        member=MemberView.of(members.active(member_id)) if member_id else None,
    )
