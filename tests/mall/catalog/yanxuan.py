"""The real catalog of ``../shared/data/yanxuan``, turned into the mall's own files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chalicelib.mall.catalog.formats import service as formats
from chalicelib.mall.catalog.formats.products import service as product_files
from chalicelib.mall.catalog.formats.taxonomy import service as taxonomy_files

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "yanxuan"


def there() -> bool:
    """Whether the data set is on this machine."""
    return FOLDER.is_dir()


def categories() -> list[dict[str, Any]]:
    """The tree, parents first, as lines of a categories file."""
    rows = _read("categories")
    names = {row["id"]: row["name"] for row in rows}
    lines = []
    for sort, row in enumerate(sorted(rows, key=lambda row: row["level"])):
        above = f"{names[row['parent_id']]}/" if row["parent_id"] else ""
        line = {"path": above + row["name"], "code": str(row["id"]), "icon": row["icon_url"], "sort": sort}
        lines.append({**line, "summary": row["summary"]} if row["summary"] else line)
    return lines


def brands() -> list[dict[str, Any]]:
    """The brands that products name."""
    return [{"name": name} for name in sorted({row["brand"] for row in _read("products") if row["brand"]})]


def products() -> list[dict[str, Any]]:
    """The products, as lines of a products file."""
    paths = {line["code"]: line["path"] for line in categories()}
    return [_product(row, paths[str(row["category_id"])]) for row in _read("products")]


def jsonl(lines: list[dict[str, Any]]) -> bytes:
    """A JSON Lines file."""
    return "".join(map(formats.json_line, lines)).encode()


def categories_csv() -> bytes:
    """A CSV file of the categories."""
    return formats.csv_text(taxonomy_files.CATEGORY_COLUMNS, map(taxonomy_files.sheet_row, categories())).encode()


def products_csv(encoding: str = "utf-8") -> bytes:
    """A CSV file of the products."""
    rows = (row for product in products() for row in product_files.sheet_rows(product))
    text = formats.csv_text(product_files.COLUMNS, rows)
    return (text if encoding == "utf-8" else text.removeprefix("\ufeff")).encode(encoding)


def _product(row: dict[str, Any], category: str) -> dict[str, Any]:
    used = [{sku["values"][place] for sku in row["skus"]} for place in range(len(row["specs"]))]
    specs = [
        {"name": spec["name"], "values": [value for value in spec["values"] if value in seen]}
        for spec, seen in zip(row["specs"], used, strict=True)
    ]
    found = {
        "code": str(row["id"]),
        "name": row["name"],
        "category": category,
        "brand": row["brand"],
        "summary": row["summary"],
        "keywords": row["keywords"],
        "unit": row["unit"],
        "pictures": _pictures([row["image_url"], *row["gallery"]]),
        "status": "listed" if row["on_sale"] else "draft",
        "specs": specs,
        "skus": [_sku(sku, row["market_price_fen"]) for sku in row["skus"]],
        "attributes": row["attributes"],
        "detail_pictures": _pictures(row["detail_images"]),
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _sku(sku: dict[str, Any], market_amount: int) -> dict[str, Any]:
    line = {"values": sku["values"], "price_amount": sku["price_fen"], "stock": sku["stock"]}
    if market_amount > sku["price_fen"]:
        line["market_price_amount"] = market_amount
    return {**line, "picture": picture} if (picture := next(iter(_pictures([sku["image_url"]])), None)) else line


def _pictures(addresses: list[str]) -> list[str]:
    # Some "pictures" of the data set are left-overs of an address: "quality=90&thumbnail=200x200&imageView".
    return [address for address in dict.fromkeys(addresses) if address and address.startswith("http")]


def _read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
