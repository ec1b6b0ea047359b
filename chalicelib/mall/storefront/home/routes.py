"""The first screen: public, and with a buyer's token also who they are."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.gateways.search_index.errors import SearchUnavailable
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.storefront.home import service
from chalicelib.mall.storefront.home.schemas import HomeView, OpenHome

api = Api("home", title="首页 Home")


@api.get("/home", cache_seconds=30, raises=[SearchUnavailable])
def open_home(buyer: Buyer | None, query: OpenHome) -> HomeView:
    """Show what the first screen needs: categories, first products, hot words, and with a token the member; and the
    page that staff arranged, of the store that the buyer chose or of the mall.

    Each other part is the answer of its own route, which stays the way to ask for it alone.
    """
    return service.home(query, buyer.member_id if buyer else None)
