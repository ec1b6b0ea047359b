"""How staff find and see products. Every question has a key; none scans."""

from __future__ import annotations

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.mall.catalog.desk.schemas import FindProducts, ProductRow, ProductView
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.catalog.products.models import (
    Product,
    ProductDetail,
    ProductSales,
    product_id_of,
)
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.inventory import service as inventory


def find(question: FindProducts) -> Page[ProductRow]:
    """One page of products, latest change first. Two round trips.

    With a category or brand, *status* thins the page out: a page may hold fewer than asked, and not be the last.
    """
    cursor = None
    if question.code is not None:
        found = [product_id_of(question.code)]
    else:
        keys, cursor = _keys(question)
        found = [key.id for key in keys]
    loaded = products.products(found, consistent=True)
    kept = [loaded[each] for each in found if each in loaded and question.status in {None, loaded[each].status}]
    now = clock.now()
    return Page[ProductRow](items=[ProductRow.of(product, now) for product in kept], cursor=cursor)


def show(product_id: str) -> ProductView:
    """The product whole, as it is this moment. Two round trips. :raises ProductNotFound:"""
    read = batch_get({model: [product_id] for model in (Product, ProductDetail, ProductSales)}, consistent=True)
    product: Product | None = read[Product].get(product_id)
    if product is None:
        raise ProductNotFound()
    detail = read[ProductDetail].get(product_id) or products.no_detail(product_id)
    sold = read[ProductSales].get(product_id)
    stocks = inventory.stocks(product.stock_keys(), consistent=True)
    brand = taxonomy.brands().get(product.brand_id)
    return ProductView.whole(
        product,
        detail,
        clock.now(),
        {key.sku_id: stock.available for key, stock in stocks.items()},
        category_path=taxonomy.categories().path_text(product.category_id),
        brand_name=brand.name if brand else None,
        sold_quantity=sold.quantity if sold else 0,
    )


def _keys(question: FindProducts) -> tuple[list[Product], str | None]:
    if question.category_id is not None:
        return pages.query(Product.by_category, question.category_id, limit=question.limit, cursor=question.cursor)
    if question.brand_id is not None:
        return pages.query(Product.by_brand, question.brand_id, limit=question.limit, cursor=question.cursor)
    assert question.status is not None
    return pages.query(Product.by_status, question.status, limit=question.limit, cursor=question.cursor)
