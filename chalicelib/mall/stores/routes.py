"""Stores for buyers. Open to everybody."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.stores import service
from chalicelib.mall.stores.errors import StoreNotFound
from chalicelib.mall.stores.schemas import ListStores, Position, StoreView

api = Api("stores", title="门店 Stores")


@api.get("/stores")
def list_stores(query: ListStores) -> Page[StoreView]:
    """List stores, the nearest first.

    Without a position: in the shop's own order. A change shows after at most ten seconds.
    """
    return service.stores_near(query)


@api.get("/stores/{store_id}", raises=[StoreNotFound])
def show_store(store_id: str, query: Position) -> StoreView:
    """Show a store."""
    return service.seen(service.store(store_id), query.point)
