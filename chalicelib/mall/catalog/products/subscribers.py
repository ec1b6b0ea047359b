"""What sold may run low."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.events import ProductSold
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import StockKey


@subscribe(ProductSold, queue="reactions")
def watch_low_stock(event: ProductSold, tx: Transaction) -> None:
    """Bring the low-stock list up to date. It follows paid orders, so that an order itself writes nothing for it."""
    inventory.watch(tx, [StockKey.parse(text) for text in event.stocks])
