"""The buyer's own searches, and everybody's."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.storefront.searches import service
from chalicelib.mall.storefront.searches.schemas import ForgetSearches, HotWordsView, SearchesView

api = Api("searches", title="商品搜索 Search")


@api.get("/products/hot-words", cache_seconds=60)
def show_hot_words() -> HotWordsView:
    """Show what many look for: pinned words first."""
    return service.hot_words()


@api.get("/me/searches")
def show_searches(buyer: Buyer) -> SearchesView:
    """Show my last searches, latest first. They are kept for thirty days."""
    return service.history(buyer.member_id)


@api.delete("/me/searches", status=204)
def forget_searches(buyer: Buyer, query: ForgetSearches) -> None:
    """Forget one of my searches (`text`), or all of them."""
    service.forget(buyer.member_id, query.text)
