"""What the inventory announces."""

from __future__ import annotations

from chalicelib.core.events import Event


class StockChanged(Event):
    """Staff changed a stock. Orders do not announce this: they would pay an outbox item for each SKU."""

    owner: str
    sku_id: str
