"""What the search refuses."""

from __future__ import annotations

from chalicelib.core.errors import DomainError


class SearchUnavailable(DomainError):
    """The index can not be read and this process has no older one; asking again is safe."""

    code, status, message = "search_unavailable", 503, "商品列表暂时不可用，请稍后再试"


class IndexMoved(DomainError):
    """Another index was published since this one's documents were read; nothing was published."""

    code, status, message = "search_index_moved", 409, "搜索索引正在更新，请稍后再试"
