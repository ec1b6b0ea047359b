"""Bytes to rows and back."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mall.catalog.formats import service as formats
from chalicelib.mall.catalog.formats.cells import service as cells
from chalicelib.mall.catalog.formats.errors import FileUnreadable
from chalicelib.mall.catalog.formats.products import service as products
from chalicelib.mall.catalog.formats.schemas import Column, FileFormat, Record

COLUMNS = (Column("name", "名称", required=True), Column("note", "备注"))
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(str.strip)


def rows(text: str) -> list[dict[str, str]]:
    return [row.data for row in formats.rows(text, FileFormat.CSV, COLUMNS)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(encoding: str) -> None:
    assert formats.decode("名称,备注\n四件套,\n".encode(encoding)).startswith("名称")


def test_unreadable_encodings() -> None:
    for raw in ("名称".encode("utf-16"), b"\xff\xff\xff\x00"):
        with pytest.raises(FileUnreadable):
            formats.decode(raw)


@given(st.lists(st.tuples(TEXT.filter(bool), TEXT), min_size=1))
def test_what_is_written_is_read_back_and_runs_nothing(pairs: list[tuple[str, str]]) -> None:
    text = formats.csv_text(COLUMNS, [{"name": name, "note": note} for name, note in pairs])
    assert rows(formats.decode(text.encode())) == [{"name": name, "note": note} for name, note in pairs]
    for cells_ in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells_)


@pytest.mark.parametrize("name", ["=1+1", "'=1+1", "''-x", "@SUM(A1)", "+86", "-", "'quoted'"])
def test_formulas_are_disarmed_and_come_back(name: str) -> None:
    assert rows(formats.decode(formats.csv_text(COLUMNS, [{"name": name}]).encode())) == [{"name": name, "note": ""}]


@given(st.lists(TEXT.filter(bool)))
def test_lists_in_a_cell(texts: list[str]) -> None:
    assert cells.split(cells.join(texts)) == texts


@given(st.lists(st.tuples(TEXT.filter(bool), TEXT.filter(bool))))
def test_pairs_in_a_cell(pairs: list[tuple[str, str]]) -> None:
    assert cells.pairs(cells.join_pairs(pairs)) == pairs


@given(st.integers(0, 10**12))
def test_money_in_a_cell(amount: int) -> None:
    assert cells.fen(cells.yuan_text(amount)) == amount


@pytest.mark.parametrize("cell", ["1.234", "abc", "-1", "1e5", "", "99999999999999", "NaN", "1.2.3", "٣"])
def test_what_is_no_money(cell: str) -> None:
    with pytest.raises(ValueError, match="不是金额"):
        cells.fen(cell)


def test_headings() -> None:
    assert rows("备注,name\nx,四件套\n") == [{"note": "x", "name": "四件套"}]
    for text, reason in (
        ("名称,价钱\n", "不认识的列“价钱”"),
        ("备注\n", "缺少列“名称”"),
        ("名称,name\n", "重复"),
        ("\n\n", "空"),
        ('名称,备注\n"a"b,c\n', "引号"),
        ('名称,备注\n"open,c\n' * 2, "引号"),
    ):
        with pytest.raises(FileUnreadable) as refused:
            rows(text)
        assert reason in refused.value.text


def test_lines_are_counted_as_an_editor_does() -> None:
    text = '名称,备注\n"a\nb",1\n\nc,2\nd,3,4\n'
    found = list(formats.rows(text, FileFormat.CSV, COLUMNS))
    assert [row.line for row in found] == [2, 5, 6]
    assert [issue.line for row in found for issue in row.issues] == [6]


def test_json_lines() -> None:
    lines = ['{"code":"1","name":"a\u2028b"}', "", "{", "[1]", '{"a":' + "[" * 50_000, '{"a":[[[[[[[[[1]]]]]]]]]}']
    found = list(formats.rows("\r\n".join(lines), FileFormat.JSONL, ()))
    assert [(row.line, len(row.issues)) for row in found] == [(1, 0), (3, 1), (4, 1), (5, 1), (6, 1)]
    assert found[0].data["name"] == "a\u2028b"


def records(*lines: str) -> list[Record]:
    head = "商品编码,商品名称,规格,价格,初始库存\n"
    found = formats.rows(head + "\n".join(lines), FileFormat.CSV, products.COLUMNS)
    return list(products.records(found, FileFormat.CSV))


def test_rows_of_one_product_stand_together() -> None:
    one, two = records("1,甲,颜色=白,10,5", "1,,颜色=黑,12.5,6", "2,乙,,1,")
    assert one.data["specs"] == [{"name": "颜色", "values": ["白", "黑"]}]
    assert one.data["skus"] == [
        {"values": ["白"], "price_amount": 1000, "stock": 5},
        {"values": ["黑"], "price_amount": 1250, "stock": 6},
    ]
    assert (one.line, one.lines, two.line) == (2, [2, 3], 4)
    assert two.data["skus"] == [{"values": [], "price_amount": 100, "stock": None}]
    assert json.dumps(one.data)


@pytest.mark.parametrize(
    ("lines", "line", "field"),
    [
        (("1,甲,,x,",), 2, "价格"),
        (("1,甲,,1,1.5",), 2, "初始库存"),
        (("1,甲,白,1,",), 2, "规格"),
        (("1,甲,颜色=白,1,", "1,乙,颜色=黑,1,"), 3, "商品名称"),
        (("1,甲,颜色=白,1,", "1,,尺寸=大,1,"), 3, "规格"),
        (("1,甲,,1,", "2,乙,,1,", "1,甲,,1,"), 4, "code"),
        ((",甲,,1,",), 2, "code"),
    ],
)
def test_rows_that_are_wrong_in_themselves(lines: tuple[str, ...], line: int, field: str) -> None:
    issues = [issue for record in records(*lines) for issue in record.issues]
    assert [(issue.line, issue.field) for issue in issues] == [(line, field)]
