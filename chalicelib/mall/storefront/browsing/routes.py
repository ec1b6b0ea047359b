"""What everybody may look at."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.storefront.browsing import service
from chalicelib.mall.storefront.browsing.schemas import BrandList, CategoryTree, ProductPage

api = Api("browsing", title="商品浏览 Products")


@api.get("/categories", cache_seconds=30)
def show_categories() -> CategoryTree:
    """Show the category tree."""
    return service.categories()


@api.get("/brands", cache_seconds=30)
def show_brands() -> BrandList:
    """Show the brands."""
    return service.brands()


@api.get("/products/{product_id}", cache_seconds=10, raises=[ProductNotFound])
def show_product(product_id: str) -> ProductPage:
    """Show a product with its SKUs, prices and stock of this moment. One that is not on sale now is not found.

    A kept answer may be ten seconds old; the cart, the preview and the order always read prices and stock live.
    """
    return service.page(product_id)
