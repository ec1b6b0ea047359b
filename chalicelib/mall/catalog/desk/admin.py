"""Staff: find and see products."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.catalog.desk import service
from chalicelib.mall.catalog.desk.schemas import FindProducts, ProductRow, ProductView
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.service import Staff

api = Api("catalog_desk", title="商品 Products (staff)")


@api.get("/admin/products", permission="catalog.read")
def find_products(staff: Staff, query: FindProducts) -> Page[ProductRow]:
    """Find products by status, category, brand or code; latest change first.

    With a category or brand and a status, a page may hold fewer than asked for; only a null `cursor` is the end.
    """
    return service.find(query)


@api.get("/admin/products/{product_id}", permission="catalog.read", raises=[ProductNotFound])
def show_product(staff: Staff, product_id: str) -> ProductView:
    """Show a product whole, with stock, sales and version."""
    return service.show(product_id)
