"""Products as every other feature reads them, and the one thing that selling does to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.catalog.products.events import ProductSold
from chalicelib.mall.catalog.products.models import Product, ProductDetail, ProductSales, ProductStatus
from chalicelib.mall.inventory.models import StockKey

_PAGE = 100


def products(product_ids: Iterable[str], *, consistent: bool = False) -> dict[str, Product]:
    """Products by id, on sale or not, in one round trip per 100; unknown ids are absent."""
    found = batch_get({Product: list(product_ids)}, consistent=consistent)[Product]
    return {str(key): product for key, product in found.items()}


def product(product_id: str, *, consistent: bool = False) -> Product:
    """The product. :raises ProductNotFound:"""
    found = Product.find(product_id, consistent=consistent)
    if found is None:
        raise ProductNotFound()
    return found


def detail(product_id: str) -> ProductDetail:
    """The long part of a product; empty for one that is unknown."""
    return ProductDetail.find(product_id) or no_detail(product_id)


def no_detail(product_id: str) -> ProductDetail:
    """A long part with nothing in it."""
    return ProductDetail(id=product_id, attributes=[], pictures=[], services=[])


def record_sale(tx: Transaction, sold: Mapping[tuple[str, str], int]) -> None:
    """Count paid pieces: (product id, SKU id) → pieces. One small write a product, and :class:`ProductSold`."""
    quantities: dict[str, int] = {}
    for (product_id, _), quantity in sold.items():
        quantities[product_id] = quantities.get(product_id, 0) + quantity
    for product_id, quantity in quantities.items():
        tx.update(ProductSales(id=product_id), [ProductSales.quantity.add(quantity)])
    tx.emit(ProductSold(stocks=[StockKey(*key).text for key in sold]))


def sales(product_ids: Iterable[str]) -> dict[str, int]:
    """Pieces ever paid for, by product id; 0 is absent."""
    found = batch_get({ProductSales: list(product_ids)})[ProductSales]
    return {str(key): row.quantity for key, row in found.items()}


def ids_of(status: ProductStatus) -> Iterator[str]:
    """The ids of every product of a status, by a query of keys, newest change first."""
    for key in Product.by_status.query(status, scan_index_forward=False):
        yield key.id


def each(status: ProductStatus = ProductStatus.LISTED) -> Iterator[Product]:
    """Every product of a status, once, read by the hundred: for rebuilding a read model, never for a request."""
    wanted = list(dict.fromkeys(ids_of(status)))
    for start in range(0, len(wanted), _PAGE):
        yield from products(wanted[start : start + _PAGE]).values()
