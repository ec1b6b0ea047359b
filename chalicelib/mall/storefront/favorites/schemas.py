"""Favorites as their member sees them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.mall.storefront.cards.schemas import Brief


class ListFavorites(PageQuery):
    """``GET /me/favorites``."""


class FavoriteView(Schema):
    """Something I like; what became of the product stands in it."""

    added_at: datetime
    product: Brief


class FavoriteState(Schema):
    """Whether I like a product, and how many do."""

    favorite: bool
    count: int
