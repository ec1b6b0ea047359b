"""What staff changed may run low, or no longer."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory import service
from chalicelib.mall.inventory.events import StockChanged
from chalicelib.mall.inventory.models import StockKey


@subscribe(StockChanged, queue="reactions")
def follow_low_stock(event: StockChanged, tx: Transaction) -> None:
    """Bring the low-stock list up to date."""
    service.watch(tx, [StockKey(event.owner, event.sku_id)])
