"""Lists of products: public. With a buyer's token, keyword searches go to the buyer's history."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.gateways.search_index.errors import SearchUnavailable
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.storefront.listing import service
from chalicelib.mall.storefront.listing.schemas import BeginTyping, FindProducts, ProductList, SuggestionsView

api = Api("listing", title="商品列表与搜索 Products")


@api.get("/products", cache_seconds=30, raises=[SearchUnavailable])
def find_products(buyer: Buyer | None, query: FindProducts) -> ProductList:
    """Find products by keyword and filters, sorted, in parts, with facets on demand.

    Answers from a read model that is at most about a minute behind; what may be seen when is exact.
    When no product has all words of the keyword, some words are enough. The list is the same for everybody: a token
    only puts the keyword into the buyer's history, and an answer to a token is kept by nobody else.
    """
    return service.find(query, buyer.member_id if buyer else None)


@api.get("/products/suggestions", cache_seconds=60, raises=[SearchUnavailable])
def suggest(query: BeginTyping) -> SuggestionsView:
    """Suggest what the buyer may be about to type."""
    return SuggestionsView(items=service.suggest(query))
