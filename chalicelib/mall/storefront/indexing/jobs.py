"""The index on a clock."""

from __future__ import annotations

from chalicelib.core.jobs import job
from chalicelib.mall.storefront.indexing import service


@job("refresh_search_index")
def refresh_search_index() -> object:
    """Each minute: publish what changed."""
    return service.refresh()


@job("rebuild_search_index")
def rebuild_search_index() -> object:
    """Each day: read the whole catalog, whatever was marked."""
    return service.rebuild()
