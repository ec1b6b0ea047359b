"""Staff: the search index."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Nothing
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.storefront.indexing import service

api = Api("search_index", title="商品搜索 Search (staff)")


@api.post("/admin/search-index/rebuild", status=202, permission="catalog.write")
def rebuild_search_index(staff: Staff) -> Nothing:
    """Read the whole catalog into a new search index: within the next minutes, not at once."""
    service.ask_rebuild()
    return Nothing()
