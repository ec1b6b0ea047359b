"""What products announce."""

from __future__ import annotations

from chalicelib.core.events import Event


class ProductChanged(Event):
    """A product was made, edited, listed or unlisted, or its schedule reached a time."""

    product_id: str


class ProductSold(Event):
    """Pieces of these stocks (``owner/sku_id``) were paid for."""

    stocks: list[str]
