"""The category tree and the brands from a copy some seconds old; a product's page live."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.catalog.products.models import Product, ProductDetail, ProductSales, Sku
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.catalog.taxonomy.models import Brand, Category, Tree
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import StockKey
from chalicelib.mall.inventory.shelves.service import elsewhere
from chalicelib.mall.storefront.browsing.schemas import (
    AttributeView,
    BrandCard,
    BrandList,
    CategoryName,
    CategoryNode,
    CategoryTree,
    ProductPage,
    SkuView,
    SpecView,
)

_shown: tuple[Tree, CategoryTree] | None = None


def categories() -> CategoryTree:
    """The visible tree: what is hidden hides what stands below it."""
    global _shown
    tree, shown = taxonomy.categories(), _shown
    if shown is None or shown[0] is not tree:
        _shown = shown = (tree, CategoryTree(items=_nodes(tree, tree.roots)))
    return shown[1]


def brands() -> BrandList:
    """The visible brands."""
    return BrandList(items=[_brand_card(brand) for brand in taxonomy.brands().by_id.values() if brand.visible])


def page(product_id: str) -> ProductPage:
    """The product with SKUs, live stock and detail: two round trips; two more where it has too few pieces.

    :raises ProductNotFound: unknown, not listed, or not now within its schedule.
    """
    found = batch_get({model: [product_id] for model in (Product, ProductDetail, ProductSales)})
    product: Product | None = found[Product].get(product_id)
    if product is None or not product.is_on_sale(clock.now()):
        raise ProductNotFound()
    sales = found[ProductSales].get(product_id)
    stocks = inventory.stocks(product.stock_keys())
    available = {key.sku_id: stock.available for key, stock in stocks.items()}
    short = {
        StockKey(product.id, sku.id): sku.price_amount
        for sku in product.skus
        if available.get(sku.id, 0) < product.min_quantity
    }
    for key, shelf in elsewhere(short, None).items():
        available[key.sku_id] = max(available.get(key.sku_id, 0), shelf.available)
    return _page(
        product,
        found[ProductDetail].get(product_id) or products.no_detail(product_id),
        available,
        sales.quantity if sales else 0,
    )


def _page(product: Product, detail: ProductDetail, available: dict[str, int], sold: int) -> ProductPage:
    skus = [_sku(sku, available.get(sku.id, 0)) for sku in product.skus]
    brand = taxonomy.brands().get(product.brand_id)
    return ProductPage(
        id=product.id,
        name=product.name,
        summary=product.summary,
        categories=_path(product.category_id),
        brand=_brand_card(brand) if brand and brand.visible else None,
        unit=product.unit,
        pictures=product.pictures,
        video=product.video,
        price_amount=product.price_amount,
        price_max_amount=product.price_max_amount,
        specs=[SpecView(name=spec.name, values=spec.values) for spec in product.specs],
        skus=skus,
        in_stock=any(sku.available >= product.min_quantity for sku in skus),
        min_quantity=product.min_quantity,
        per_order_max=product.per_order_max,
        per_member_max=product.per_member_max,
        kind=product.kind,
        voucher=product.voucher,
        unlist_at=product.unlist_at,
        attributes=[AttributeView(name=pair.name, value=pair.value) for pair in detail.attributes],
        detail_pictures=detail.pictures,
        description=detail.description,
        services=detail.services,
        sold_quantity=sold,
    )


def _sku(sku: Sku, available: int) -> SkuView:
    return SkuView(
        id=sku.id,
        values=sku.values,
        price_amount=sku.price_amount,
        market_price_amount=sku.market_price_amount,
        weight_grams=sku.weight_grams,
        picture=sku.picture,
        available=available,
    )


def _path(category_id: str) -> list[CategoryName]:
    tree = taxonomy.categories()
    path = tree.path(category_id) if tree.is_visible(category_id) else []
    return [CategoryName(id=category.id, name=category.name) for category in path]


def _nodes(tree: Tree, level: list[Category]) -> list[CategoryNode]:
    return [
        CategoryNode(
            id=each.id,
            name=each.name,
            summary=each.summary,
            icon=each.icon,
            children=_nodes(tree, tree.children(each.id)),
        )
        for each in level
        if each.visible
    ]


def _brand_card(brand: Brand) -> BrandCard:
    return BrandCard(id=brand.id, name=brand.name, summary=brand.summary, logo=brand.logo)
