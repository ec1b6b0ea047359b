"""Staff: hot words."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.storefront.searches import service
from chalicelib.mall.storefront.searches.schemas import EditHotWords, HotWordsEditView

api = Api("hot_words", title="商品搜索 Search (staff)")


@api.get("/admin/hot-words", permission="catalog.read")
def show_hot_words(staff: Staff) -> HotWordsEditView:
    """Show hot words: pinned, blocked, and what members looked for."""
    return service.show_hot_words()


@api.put("/admin/hot-words", permission="catalog.write")
def edit_hot_words(staff: Staff, body: EditHotWords) -> HotWordsEditView:
    """Set the pinned and the blocked words."""
    service.edit_hot_words(body)
    return service.show_hot_words()
