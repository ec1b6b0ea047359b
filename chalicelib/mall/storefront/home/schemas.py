"""The first screen, as it is asked for and seen: the answers of other routes, side by side."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.mall.identity.members.schemas import MemberView
from chalicelib.mall.storefront.browsing.schemas import CategoryTree
from chalicelib.mall.storefront.listing.schemas import ProductList
from chalicelib.mall.storefront.searches.schemas import HotWordsView


class OpenHome(Schema):
    """``GET /home``."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    """How many products."""


class HomeView(Schema):
    """Each part is what its own route answers."""

    categories: CategoryTree
    """``GET /categories``"""
    products: ProductList
    """``GET /products``: its cursor goes on there."""
    hot_words: HotWordsView
    """``GET /products/hot-words``"""
    member: MemberView | None
    """``GET /me``; null without a token."""
