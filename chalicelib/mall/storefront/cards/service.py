"""From the catalog's tables to the documents of the search index. Reads many products: never on a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from chalicelib.core import clock
from chalicelib.core.plugs import PlugList
from chalicelib.core.tables import batch_get
from chalicelib.gateways.search_index.schemas import Document
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import Product, ProductDetail, ProductSales, ProductStatus
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.catalog.taxonomy.models import Brands, Tree
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import StockKey
from chalicelib.mall.inventory.shelves.service import beside
from chalicelib.mall.storefront.cards.schemas import Brief, ProductCard, Rating

_AT_ONCE = 33  # three tables, 100 keys a round trip
_PRIOR, _PRIOR_BPS = 5, 40_000

ratings: PlugList[Callable[[list[str]], Mapping[str, Rating]]] = PlugList("product_ratings")
"""Who knows how products are rated: ids → ratings; what is not rated is absent."""


def documents(product_ids: Iterable[str]) -> dict[str, Document]:
    """The documents of these products, as they are this moment, by id. Those that are not listed are absent.

    A product before or after its schedule has one: the index keeps the times and asks the clock.
    """
    tree, brands = taxonomy.load_tree(), taxonomy.load_brands()
    found = {}
    wanted = list(dict.fromkeys(product_ids))
    for start in range(0, len(wanted), _AT_ONCE):
        for document in _read(wanted[start : start + _AT_ONCE], tree, brands):
            found[document.id] = document
    return found


def briefs(product_ids: Iterable[str]) -> dict[str, Brief]:
    """Products as lists of a member's own show them, on sale or not, in one read per 100; unknown ids are absent."""
    now, wanted = clock.now(), list(product_ids)
    return (
        {key: _brief(each, each.is_on_sale(now)) for key, each in products.products(wanted).items()} if wanted else {}
    )


def _brief(product: Product, on_sale: bool) -> Brief:
    picture = product.pictures[0] if product.pictures else None
    return Brief(id=product.id, name=product.name, picture=picture, price_amount=product.price_amount, on_sale=on_sale)


def all_documents() -> dict[str, Document]:
    """The documents of every listed product, by id."""
    return documents(products.ids_of(ProductStatus.LISTED))


def reclassified(known: Iterable[Document]) -> dict[str, Document]:
    """*known* under the categories and brands as they are this moment; nothing else is read."""
    tree, brands = taxonomy.load_tree(), taxonomy.load_brands()
    return {each.id: _reclassify(each, tree, brands) for each in known}


def _reclassify(document: Document, tree: Tree, brands: Brands) -> Document:
    # What is gone from the taxonomy has no products any more: then the old names stay until the products' own change.
    categories = _path(document.categories[-1][0], tree) if document.categories else ()
    brand = _brand(document.brand[0] if document.brand else None, brands)
    return replace(document, categories=categories or document.categories, brand=brand or document.brand)


def _read(product_ids: list[str], tree: Tree, brands: Brands) -> Iterator[Document]:
    found = batch_get(dict.fromkeys((Product, ProductDetail, ProductSales), product_ids), consistent=True)
    listed: list[Product] = [each for each in found[Product].values() if each.status is ProductStatus.LISTED]
    stocks = inventory.stocks([key for each in listed for key in each.stock_keys()], consistent=True)
    available = {key: stock.available for key, stock in stocks.items()}
    short = [key for each in listed if not _in_stock(each, available) for key in each.stock_keys()]
    for key, pieces in beside(short).items():
        available[key] = max(available.get(key, 0), pieces)
    rated = _rated([each.id for each in listed])
    for product in listed:
        detail = found[ProductDetail].get(product.id) or products.no_detail(product.id)
        sales = found[ProductSales].get(product.id)
        card = _card(product, sales.quantity if sales else 0, rated.get(product.id), _in_stock(product, available))
        yield _document(product, detail, card, tree, brands)


def _rated(product_ids: list[str]) -> dict[str, Rating]:
    return {key: rating for each in ratings if product_ids for key, rating in each(product_ids).items()}


def _score(card: ProductCard) -> int:
    """What products are sorted by, 0 to 10,000: as if a few buyers more had given four stars each, so that one happy
    buyer does not outshine a thousand. 0: no reviews."""
    if not card.review_count:
        return 0
    total = card.average_stars_bps * card.review_count + _PRIOR * _PRIOR_BPS
    return total // (5 * (card.review_count + _PRIOR))


def _in_stock(product: Product, available: Mapping[StockKey, int]) -> bool:
    return any(available.get(key, 0) >= product.min_quantity for key in product.stock_keys())


def _card(product: Product, sold: int, rating: Rating | None, in_stock: bool) -> ProductCard:
    cheapest = min(product.skus, key=lambda sku: sku.price_amount)
    return ProductCard(
        id=product.id,
        name=product.name,
        summary=product.summary,
        picture=product.pictures[0] if product.pictures else None,
        price_amount=product.price_amount,
        price_max_amount=product.price_max_amount,
        market_price_amount=cheapest.market_price_amount,
        sold_quantity=sold,
        in_stock=in_stock,
        category_id=product.category_id,
        brand_id=product.brand_id,
        review_count=rating.count if rating else 0,
        average_stars_bps=rating.average_bps if rating else 0,
    )


def _document(product: Product, detail: ProductDetail, card: ProductCard, tree: Tree, brands: Brands) -> Document:
    return Document(
        id=product.id,
        name=product.name,
        card=card.model_dump_json(),
        price_amount=card.price_amount,
        listed_at=max(filter(None, (product.created_at, product.list_at))),
        summary=product.summary or "",
        keywords=tuple(product.keywords),
        categories=_path(product.category_id, tree),
        brand=_brand(product.brand_id, brands),
        attributes=tuple(_attributes(product, detail)),
        sales=card.sold_quantity,
        rating_bps=_score(card),
        in_stock=card.in_stock,
        list_at=product.list_at,
        unlist_at=product.unlist_at,
    )


def _attributes(product: Product, detail: ProductDetail) -> Iterator[tuple[str, str]]:
    """What can be filtered by: the attributes, and the values of specs that offer a choice."""
    yield from ((pair.name, pair.value) for pair in detail.attributes)
    for spec in product.specs:
        if len(spec.values) > 1:
            yield from ((spec.name, value) for value in spec.values)


def _path(category_id: str, tree: Tree) -> tuple[tuple[str, str], ...]:
    return tuple((category.id, category.name) for category in tree.path(category_id))


def _brand(brand_id: str | None, brands: Brands) -> tuple[str, str] | None:
    brand = brands.get(brand_id)
    return (brand.id, brand.name) if brand else None
