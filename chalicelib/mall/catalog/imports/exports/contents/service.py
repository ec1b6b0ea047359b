"""Stored things in the words of a file: JSON Lines' keys, Python's values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from chalicelib.mall.catalog.editing import service as editing
from chalicelib.mall.catalog.editing.service import Known
from chalicelib.mall.catalog.formats import service as formats
from chalicelib.mall.catalog.formats.products import service as product_files
from chalicelib.mall.catalog.formats.schemas import FileFormat
from chalicelib.mall.catalog.formats.taxonomy import service as taxonomy_files
from chalicelib.mall.catalog.imports.models import Subject
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import ProductStatus
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.catalog.taxonomy.models import Brands, Tree
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import StockKey

_AT_ONCE = 100


def every_id(subject: Subject) -> list[str]:
    """The ids of all there is, in the order of the file."""
    if subject is Subject.CATEGORIES:
        return [each.id for each in taxonomy.load_tree().walk()]
    if subject is Subject.BRANDS:
        return list(taxonomy.load_brands().by_id)
    return list(dict.fromkeys(each for status in ProductStatus for each in products.ids_of(status)))


def file(subject: Subject, file_format: FileFormat, wanted: Sequence[str]) -> str:
    """A file of these things. What has gone since its id was read is left out."""
    found = _products(wanted) if subject is Subject.PRODUCTS else _taxonomy(subject, wanted)
    if file_format is FileFormat.JSONL:
        return "".join(formats.json_line(to_jsonable_python(product_files.line(each))) for each in found)
    if subject is Subject.PRODUCTS:
        return formats.csv_text(
            product_files.COLUMNS, (row for each in found for row in product_files.sheet_rows(each))
        )
    columns = taxonomy_files.CATEGORY_COLUMNS if subject is Subject.CATEGORIES else taxonomy_files.BRAND_COLUMNS
    return formats.csv_text(columns, map(taxonomy_files.sheet_row, found))


def _products(wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    tree, brands = taxonomy.load_tree(), taxonomy.load_brands()
    for start in range(0, len(wanted), _AT_ONCE):
        known = editing.known(wanted[start : start + _AT_ONCE])
        keys = [key for each in known.values() if each.product for key in each.product.stock_keys()]
        available = {key: stock.available for key, stock in inventory.stocks(keys).items()}
        for each in known.values():
            if each.product is not None:
                yield _product(each, tree, brands, available)


def _product(known: Known, tree: Tree, brands: Brands, available: dict[StockKey, int]) -> dict[str, Any]:
    product, content = known.product, known.content()
    assert product is not None
    assert content is not None
    brand = brands.get(content.pop("brand_id"))
    found = {
        "code": product.code,
        "name": content.pop("name"),
        "category": tree.path_text(content.pop("category_id")) or None,
        "brand": brand.name if brand else None,
        "status": product.status,
        **content,
    }
    for key, sku in zip(product.stock_keys(), found["skus"], strict=True):
        sku["stock"] = available.get(key, 0)
    return found


def _taxonomy(subject: Subject, wanted: Iterable[str]) -> Iterator[dict[str, Any]]:
    if subject is Subject.BRANDS:
        brands = taxonomy.load_brands()
        for brand in filter(None, map(brands.get, wanted)):
            yield {name: getattr(brand, name) for name in ("name", "code", "summary", "logo", "sort", "visible")}
        return
    tree = taxonomy.load_tree()
    for category in filter(None, map(tree.get, wanted)):
        names = ("code", "summary", "icon", "sort", "visible")
        yield {"path": tree.path_text(category.id), **{name: getattr(category, name) for name in names}}
