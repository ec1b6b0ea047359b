"""What changes a document of the index."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.events import ProductChanged, ProductSold
from chalicelib.mall.catalog.taxonomy.events import TaxonomyChanged
from chalicelib.mall.inventory.events import StockChanged
from chalicelib.mall.inventory.models import StockKey
from chalicelib.mall.storefront.indexing import service
from chalicelib.mall.storefront.indexing.models import TAXONOMY


@subscribe(ProductChanged, queue="reactions")
def follow_product(event: ProductChanged, tx: Transaction) -> None:
    """Made, edited, listed, unlisted, or its schedule reached a time."""
    service.mark(tx, [event.product_id])


@subscribe(TaxonomyChanged, queue="reactions")
def follow_taxonomy(event: TaxonomyChanged, tx: Transaction) -> None:
    """Names and places of categories, names of brands."""
    service.mark(tx, [TAXONOMY])


@subscribe(StockChanged, queue="reactions")
def follow_stock(event: StockChanged, tx: Transaction) -> None:
    """It may be in stock again, or no longer. A campaign's own stock is no product: its owner is just not found."""
    service.mark(tx, [event.owner])


@subscribe(ProductSold, queue="reactions")
def follow_sales(event: ProductSold, tx: Transaction) -> None:
    """It sold more, and may be out of stock."""
    service.mark(tx, [StockKey.parse(text).owner for text in event.stocks])
