"""What a member likes."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.storefront.favorites import service
from chalicelib.mall.storefront.favorites.schemas import FavoriteState, FavoriteView, ListFavorites

api = Api("favorites", title="收藏 Favorites")
_ONE = "/me/favorites/{product_id}"


@api.get("/me/favorites")
def list_favorites(buyer: Buyer, query: ListFavorites) -> Page[FavoriteView]:
    """List what I like, newest first, with prices of this moment."""
    return service.mine(buyer.member_id, query.limit, query.cursor)


@api.get(_ONE)
def show_favorite(buyer: Buyer, product_id: str) -> FavoriteState:
    """Tell whether I like a product, and how many do."""
    return service.state(buyer.member_id, product_id)


@api.put(_ONE, raises=[ProductNotFound])
def add_favorite(buyer: Buyer, product_id: str) -> FavoriteState:
    """Like a product."""
    return service.add(buyer.member_id, product_id)


@api.delete(_ONE, status=200)
def remove_favorite(buyer: Buyer, product_id: str) -> FavoriteState:
    """Like a product no more."""
    return service.remove(buyer.member_id, product_id)
