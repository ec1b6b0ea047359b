"""Whatever stands in a file, it is a bad row or an unreadable file: never an error of the worker."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.core.errors import DomainError
from chalicelib.mall.catalog.formats import service as formats
from chalicelib.mall.catalog.formats.errors import FileUnreadable
from chalicelib.mall.catalog.formats.schemas import FileFormat, Record
from chalicelib.mall.catalog.imports.chunks import service as chunks
from chalicelib.mall.catalog.imports.issues import service as issues
from chalicelib.mall.catalog.imports.models import Subject
from chalicelib.mall.catalog.imports.worker.service import SUBJECTS
from tests.harness import Cloud
from tests.mall.catalog import factories

NAMES = [
    *("code", "name", "category", "brand", "status", "keywords", "unit", "pictures", "list_at", "min_quantity"),
    *(
        "specs",
        "skus",
        "attributes",
        "values",
        "value",
        "price_amount",
        "stock",
        "path",
        "parent_id",
        "sort",
        "visible",
    ),
]
TEXTS = st.sampled_from(["P1", "居家/床品件套", "listed", "颜色", "白", "", "\x00", "\ud800", "2026-01-01"]) | st.text(
    max_size=5
)
NUMBERS = st.integers() | st.floats() | st.booleans() | st.none()
VALUES = st.recursive(
    TEXTS | NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | TEXTS, inner, max_size=4),
    max_leaves=12,
)
LINES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8).map(lambda line: json.dumps({"code": "P1", **line}))
PIECES = st.sampled_from([*"\",|=\\\n'", "1", "0.5", "-1", "颜色=白", "上架", "=1", "居家/床品件套", "P1", "\x00"])
SHEETS = st.lists(PIECES, max_size=60).map("".join)
HEADINGS = "商品编码,商品名称,类目,状态,规格,价格,商品参数,上架时间\n"


def judged(subject: Subject, file_format: FileFormat, text: str) -> None:
    """What the worker does with a file until it writes."""
    one = SUBJECTS[subject]
    try:
        found = list(one.records(formats.rows(text, file_format, one.columns), file_format))
    except FileUnreadable:
        return
    records = [Record(**json.loads(json.dumps(chunks._plain(record)))) for record in found]
    state = one.load(records)
    for record in (each for each in records if not each.issues):
        try:
            planned = one.plan(state, record)
        except (ValidationError, DomainError) as error:
            told = issues.of(error, record, one.columns)
            assert told
            assert all(issue.issue.encode() for issue in told)
        else:
            if planned is not None:
                one.assume(state, planned)


@pytest.mark.parametrize("subject", list(Subject))
@settings(max_examples=150)
@given(lines=st.lists(LINES | st.text(max_size=10), max_size=3))
def test_lines(cloud: Cloud, subject: Subject, lines: list[str]) -> None:
    factories.product("P1") if not cloud.items("products") else None
    judged(subject, FileFormat.JSONL, "\n".join(lines))


@settings(max_examples=200)
@given(sheet=SHEETS)
def test_sheets(cloud: Cloud, sheet: str) -> None:
    factories.product("P1") if not cloud.items("products") else None
    judged(Subject.PRODUCTS, FileFormat.CSV, HEADINGS + sheet)
    judged(Subject.CATEGORIES, FileFormat.CSV, "类目,编码,排序,显示\n" + sheet)
    judged(Subject.BRANDS, FileFormat.CSV, "品牌,编码,排序,显示\n" + sheet)


@given(raw=st.binary(max_size=40))
def test_bytes(raw: bytes) -> None:
    try:
        assert isinstance(formats.decode(raw), str)
    except FileUnreadable:
        return
