"""Categories and brands from files. A category stands after the one above it, in the file or already in the tree."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from chalicelib.core.errors import Invalid
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.formats.schemas import FileFormat, Record, Row
from chalicelib.mall.catalog.formats.taxonomy import service as formats
from chalicelib.mall.catalog.imports.subjects.schemas import Planned
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.catalog.taxonomy.models import MAX_BRANDS, MAX_CATEGORIES, SEPARATOR, Brands, Tree
from chalicelib.mall.catalog.taxonomy.schemas import BrandFields, CategoryFields


class Categories:
    """Known by code, else by path."""

    columns = formats.CATEGORY_COLUMNS
    chunk_size = MAX_CATEGORIES * 2  # rows build on rows before them: a file is one chunk

    def records(self, rows: Iterable[Row], file_format: FileFormat) -> Iterator[Record]:
        return formats.records(rows, file_format, self.columns)

    def load(self, records: Sequence[Record]) -> Tree:
        return taxonomy.load_tree()

    def plan(self, state: Tree, record: Record) -> Planned | None:
        data = dict(record.data)
        path = data.pop("path")
        above, _, name = path.rpartition(SEPARATOR)
        for field in {"name", "parent_id"} & data.keys():
            raise _invalid(field, "不认识的字段")
        parent = state.find(above) if above else None
        if above and parent is None:
            raise _invalid("path", f"没有上级类目“{above[:60]}”；上级要写在前面的行")
        code = data.get("code")
        old = (state.by_code(code) if isinstance(code, str) else None) or state.find(path)
        placed = {**data, "name": name, "parent_id": parent.id if parent else None}
        stored = CategoryFields.of(old).model_dump() if old else {}
        fields = CategoryFields.model_validate_json(_filled(stored, placed), strict=True)
        category = taxonomy.plan_category(state, fields, old)
        return Planned(category, old is None) if category else None

    def assume(self, state: Tree, planned: Planned) -> None:
        _assume(state, planned)

    def prepare(self, planned: Planned) -> None:
        """Nothing."""

    def write(self, tx: Transaction, state: Tree, planned: Planned, prepared: None) -> None:
        taxonomy.write(tx, state, planned.what)


class BrandRows:
    """Known by code, else by name."""

    columns = formats.BRAND_COLUMNS
    chunk_size = MAX_BRANDS * 2

    def records(self, rows: Iterable[Row], file_format: FileFormat) -> Iterator[Record]:
        return formats.records(rows, file_format, self.columns)

    def load(self, records: Sequence[Record]) -> Brands:
        return taxonomy.load_brands()

    def plan(self, state: Brands, record: Record) -> Planned | None:
        code, name = record.data.get("code"), record.data["name"]
        every = state.by_id.values()
        old = next((each for each in every if isinstance(code, str) and each.code == code), None)
        old = old or next((each for each in every if each.name == name.strip()), None)
        stored = BrandFields.of(old).model_dump() if old else {}
        fields = BrandFields.model_validate_json(_filled(stored, record.data), strict=True)
        brand = taxonomy.plan_brand(state, fields, old)
        return Planned(brand, old is None) if brand else None

    def assume(self, state: Brands, planned: Planned) -> None:
        _assume(state, planned)

    def prepare(self, planned: Planned) -> None:
        """Nothing."""

    def write(self, tx: Transaction, state: Brands, planned: Planned, prepared: None) -> None:
        taxonomy.write(tx, state, planned.what)


def _assume(state: Tree | Brands, planned: Planned) -> None:
    state.put(planned.what)
    state.edition += 1
    taxonomy.forget()


def _filled(stored: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """What is stored where the row has nothing, and defaults where it has null; as JSON."""
    whole = {**to_jsonable_python(stored), **data}
    return json.dumps({name: value for name, value in whole.items() if value is not None})


def _invalid(field: str, issue: str) -> Invalid:
    return Invalid(errors=[{"field": field, "issue": issue}])
