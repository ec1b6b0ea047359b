"""Products from files: what a record leaves out is filled from what is stored, then the whole product is checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from chalicelib.core.errors import Invalid
from chalicelib.core.schemas import Schema
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.editing import service as editing
from chalicelib.mall.catalog.editing.schemas import ProductFields
from chalicelib.mall.catalog.editing.service import Known
from chalicelib.mall.catalog.formats.products import service as formats
from chalicelib.mall.catalog.formats.schemas import FileFormat, Record, Row
from chalicelib.mall.catalog.imports.subjects.schemas import Planned
from chalicelib.mall.catalog.products.models import ProductStatus, product_id_of
from chalicelib.mall.catalog.schemas import Code
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.catalog.taxonomy.models import Brands, Tree
from chalicelib.mall.inventory.models import StockKey


class Head(Schema):
    """What of a record is not a field of the product."""

    code: Code
    status: ProductStatus | None = None


@dataclass
class State:
    """What is stored of the records, and what they refer to."""

    known: dict[str, Known]
    tree: Tree
    brands: Brands


class Products:
    """Known by code. A product made without a code has its id as code."""

    columns = formats.COLUMNS
    chunk_size = 100

    def records(self, rows: Iterable[Row], file_format: FileFormat) -> Iterator[Record]:
        return formats.records(rows, file_format)

    def load(self, records: Sequence[Record]) -> State:
        codes = [record.data.get("code") for record in records]
        wanted = [product_id_of(code) for code in codes if isinstance(code, str) and 0 < len(code) <= 64]
        return State(editing.known(wanted), taxonomy.load_tree(), taxonomy.load_brands())

    def plan(self, state: State, record: Record) -> Planned | None:
        head = Head.model_validate({name: record.data[name] for name in Head.model_fields if name in record.data})
        product_id = product_id_of(head.code)
        old = state.known.get(product_id, Known())
        if old.product is None and head.code.startswith("prd_"):
            raise _invalid("code", "没有这个商品")
        whole = _filled(_referring(state, record.data), old, record.from_sheet)
        fields = ProductFields.model_validate_json(json.dumps(whole), strict=True)
        planned = editing.plan(product_id, head.code, fields, old, head.status)
        return Planned(planned, old.product is None) if planned else None

    def assume(self, state: State, planned: Planned) -> None:
        """A product stands in a file once: nothing builds on it."""

    def prepare(self, planned: Planned) -> dict[StockKey, int]:
        return editing.declare_early(planned.what)

    def write(self, tx: Transaction, state: State, planned: Planned, prepared: Mapping[StockKey, int]) -> None:
        editing.write(tx, planned.what, prepared)


def _referring(state: State, data: Mapping[str, Any]) -> dict[str, Any]:
    """The record with ids in the place of category and brand."""
    found = {name: value for name, value in data.items() if name not in {*Head.model_fields, "category", "brand"}}
    for name in ("category_id", "brand_id"):
        if name in found:
            raise _invalid(name, "不认识的字段")
    if "category" in data:
        text = data["category"]
        category = (state.tree.find(text) or state.tree.by_code(text)) if isinstance(text, str) else None
        if category is None:
            raise _invalid("category", f"没有类目“{str(text)[:60]}”" if text else "缺少类目")
        found["category_id"] = category.id
    if "brand" in data:
        text = data["brand"] or None
        brand = state.brands.find(text) if isinstance(text, str) else None
        if text is not None and brand is None:
            raise _invalid("brand", f"没有品牌“{str(text)[:60]}”")
        found["brand_id"] = brand.id if brand else None
    return found


def _filled(data: dict[str, Any], old: Known, from_sheet: bool) -> dict[str, Any]:
    """The whole product: stored fields where the record has none, and defaults where it has null."""
    stored: dict[str, Any] = to_jsonable_python(old.content() or {})
    whole = {**stored, **data}
    before = {tuple(sku["values"]): sku for sku in stored.get("skus", [])}
    if isinstance(data.get("skus"), list):
        whole["skus"] = [_filled_sku(sku, before) for sku in data["skus"]]
    if from_sheet:
        whole["specs"] = _in_stored_order(data["specs"], stored.get("specs", []))
    return {name: value for name, value in whole.items() if value is not None}


def _filled_sku(sku: Any, before: Mapping[tuple[Any, ...], dict[str, Any]]) -> Any:
    if not isinstance(sku, dict):
        return sku
    values = sku.get("values", [])
    known = isinstance(values, list) and all(isinstance(value, str) for value in values)
    whole = {**(before.get(tuple(values), {}) if known else {}), **sku}
    return {name: value for name, value in whole.items() if value is not None}


def _in_stored_order(specs: list[dict[str, Any]], stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A sheet tells the values of a spec, not their order: what is stored keeps its order, what is new follows."""
    before = {spec["name"]: spec["values"] for spec in stored}
    ordered = []
    for spec in specs:
        kept = [value for value in before.get(spec["name"], []) if value in spec["values"]]
        ordered.append({**spec, "values": kept + [value for value in spec["values"] if value not in kept]})
    return ordered


def _invalid(field: str, issue: str) -> Invalid:
    return Invalid(errors=[{"field": field, "issue": issue}])
