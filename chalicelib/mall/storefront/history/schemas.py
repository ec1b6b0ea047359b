"""The history as its member sees it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Id, Schema
from chalicelib.mall.storefront.cards.schemas import Brief


class View(Schema):
    """``POST /me/history``."""

    product_id: Id


class ForgetHistory(Schema):
    """``DELETE /me/history``: one product, or without ``product_id`` everything."""

    product_id: Id | None = None


class ViewedProduct(Schema):
    """A product that I looked at."""

    viewed_at: datetime
    product: Brief


class HistoryView(Schema):
    """The newest hundred, newest first."""

    items: list[ViewedProduct]
