"""Products in files: JSON Lines has one a line, CSV one SKU a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from chalicelib.mall.catalog.formats.cells import service as cells
from chalicelib.mall.catalog.formats.schemas import Column, FileFormat, Issue, Record, Row
from chalicelib.mall.catalog.products.models import ProductStatus

COLUMNS = (
    Column("code", "商品编码", required=True),
    Column("name", "商品名称"),
    Column("category", "类目"),
    Column("brand", "品牌"),
    Column("summary", "卖点"),
    Column("keywords", "关键词"),
    Column("unit", "单位"),
    Column("pictures", "主图"),
    Column("video", "视频"),
    Column("status", "状态"),
    Column("list_at", "上架时间"),
    Column("unlist_at", "下架时间"),
    Column("min_quantity", "起购量"),
    Column("per_order_max", "每单限购"),
    Column("per_member_max", "每人限购"),
    Column("freight_template_id", "运费模板编号"),
    Column("attributes", "商品参数"),
    Column("detail_pictures", "详情图"),
    Column("description", "详情文字"),
    Column("services", "服务"),
    Column("specs", "规格"),
    Column("price_amount", "价格", required=True),
    Column("market_price_amount", "划线价"),
    Column("cost_amount", "成本价"),
    Column("weight_grams", "重量(克)"),
    Column("volume_ml", "体积(毫升)"),
    Column("sku_code", "规格编码"),
    Column("barcode", "条码"),
    Column("sku_picture", "规格图"),
    Column("stock", "初始库存"),
)
TITLES = {column.name: column.title for column in COLUMNS}
STATUSES = {"草稿": ProductStatus.DRAFT, "上架": ProductStatus.LISTED, "下架": ProductStatus.UNLISTED}
_STATUS_TEXTS = {status: text for text, status in STATUSES.items()}


def _status(cell: str) -> str:
    return STATUSES.get(cell, cell)


def _pairs(cell: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in cells.pairs(cell)]


_OF_PRODUCT: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(
        ("name", "category", "brand", "summary", "unit", "video", "description", "freight_template_id"), str
    ),
    **dict.fromkeys(("keywords", "pictures", "detail_pictures", "services"), cells.split),
    **dict.fromkeys(("list_at", "unlist_at"), cells.time),
    **dict.fromkeys(("min_quantity", "per_order_max", "per_member_max"), cells.whole),
    "attributes": _pairs,
    "status": _status,
}
_OF_SKU: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("price_amount", "market_price_amount", "cost_amount"), cells.fen),
    **dict.fromkeys(("weight_grams", "volume_ml", "stock"), cells.whole),
    **dict.fromkeys(("sku_code", "barcode", "sku_picture"), str),
}
_SKU_NAMES = {"sku_code": "code", "sku_picture": "picture"}


def records(rows: Iterable[Row], file_format: FileFormat) -> Iterator[Record]:
    """The products of a file. A code that comes again is an issue of the later one."""
    found = (_json_record(row) for row in rows) if file_format is FileFormat.JSONL else _csv_records(rows)
    first: dict[str, int] = {}
    for record in found:
        code = record.data.get("code")
        if isinstance(code, str) and code:
            if code in first:
                record.issues.append(
                    Issue(record.line, "code", f"编码在第 {first[code]} 行已出现，同一商品的行要连在一起")
                )
            first.setdefault(code, record.line)
        elif not record.issues:
            record.issues.append(Issue(record.line, "code", "缺少商品编码"))
        yield record


def _json_record(row: Row) -> Record:
    return Record(row.line, row.data, [row.line], row.issues)


def _csv_records(rows: Iterable[Row]) -> Iterator[Record]:
    group: list[Row] = []
    for row in rows:
        if group and row.data.get("code") != group[0].data.get("code"):
            yield _product(group)
            group = []
        group.append(row)
    if group:
        yield _product(group)


def _product(group: list[Row]) -> Record:
    """One product of its rows: what is the product's own stands in the first, and nowhere differently."""
    first = group[0]
    record = Record(first.line, {"code": first.data["code"]}, [row.line for row in group], from_sheet=True)
    record.issues = [issue for row in group for issue in row.issues]
    for name, read in _OF_PRODUCT.items():
        if name in first.data:
            record.data[name] = _read(record, first, name, read)
            for row in group[1:]:
                if row.data.get(name, "") not in {"", first.data[name]}:
                    record.issues.append(Issue(row.line, TITLES[name], "与同一商品的第一行不一致"))
    named = [_spec_pairs(record, row) for row in group]
    record.data["skus"] = [_sku(record, row, values) for row, values in zip(group, named, strict=True)]
    record.data["specs"] = _specs(record, group, named)
    return record


def _sku(record: Record, row: Row, named: list[tuple[str, str]]) -> dict[str, Any]:
    sku: dict[str, Any] = {"values": [value for _, value in named]}
    for name, read in _OF_SKU.items():
        if name in row.data:
            sku[_SKU_NAMES.get(name, name)] = _read(record, row, name, read)
    return sku


def _spec_pairs(record: Record, row: Row) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] | None = _read(record, row, "specs", cells.pairs) if "specs" in row.data else None
    return found or []


def _specs(record: Record, group: list[Row], named: list[list[tuple[str, str]]]) -> list[dict[str, Any]]:
    names = [name for name, _ in named[0]]
    for row, each in zip(group, named, strict=True):
        if [name for name, _ in each] != names:
            record.issues.append(Issue(row.line, TITLES["specs"], "各行的规格名称及顺序应一致"))
            return []
    columns = [list(dict.fromkeys(each[i][1] for each in named)) for i in range(len(names))]
    return [{"name": name, "values": values} for name, values in zip(names, columns, strict=True)]


def _read(record: Record, row: Row, name: str, read: Callable[[str], Any]) -> Any:
    cell = row.data.get(name, "")
    if not cell:
        return None
    try:
        return read(cell)
    except ValueError as error:
        record.issues.append(Issue(row.line, TITLES[name], str(error)))
        return None


def line(product: Mapping[str, Any]) -> dict[str, Any]:
    """A line of JSON Lines: the product without what is empty."""
    return {name: value for name, value in product.items() if value not in (None, [])}


def sheet_rows(product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The CSV rows of a product: the first has what is its own, each has a SKU."""
    own = {name: _text(name, product.get(name)) for name in ("code", *_OF_PRODUCT)}
    names = [spec["name"] for spec in product.get("specs", [])]
    for sku in product["skus"]:
        row = {name: _text(name, sku.get(_SKU_NAMES.get(name, name))) for name in _OF_SKU}
        row["specs"] = cells.join_pairs(list(zip(names, sku["values"], strict=True)))
        yield {**own, **row}
        own = {"code": own["code"]}


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "attributes":
        return cells.join_pairs([(pair["name"], pair["value"]) for pair in value])
    if name == "status":
        return _STATUS_TEXTS[value]
    if name in {"list_at", "unlist_at"}:
        return cells.time_text(value)
    if isinstance(value, list):
        return cells.join(value)
    return cells.yuan_text(value) if name.endswith("_amount") else str(value)
