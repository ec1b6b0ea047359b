"""The first screen, as it is asked for and seen: the answers of other routes, side by side."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Schema
from chalicelib.mall.identity.members.schemas import MemberView
from chalicelib.mall.storefront.browsing.schemas import CategoryTree
from chalicelib.mall.storefront.layouts.schemas import LayoutView
from chalicelib.mall.storefront.listing.schemas import ProductList
from chalicelib.mall.storefront.searches.schemas import HotWordsView


class OpenHome(Schema):
    """``GET /home``."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    """How many products."""
    store_id: Id | None = None
    """The store that the buyer chose: its page is shown, if it has one."""


class HomeView(Schema):
    """Each part but the page is what its own route answers."""

    layout: LayoutView | None
    """The page that staff arranged: the store's, else the mall's; null: there is none."""
    categories: CategoryTree
    """``GET /categories``"""
    products: ProductList
    """``GET /products``: its cursor goes on there."""
    hot_words: HotWordsView
    """``GET /products/hot-words``"""
    member: MemberView | None
    """``GET /me``; null without a token."""
