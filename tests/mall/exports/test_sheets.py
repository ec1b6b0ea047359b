"""What is in the files: cells as they were, no formulas, amounts to the fen, whichever way the pieces are cut."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from chalicelib.mall.exports.models import SheetFormat, SheetState
from chalicelib.mall.exports.schemas import Column, Holds, Row
from chalicelib.mall.exports.sheets.service import sheet_of
from chalicelib.mall.exports.sheets.workbook import service as workbook

COLUMNS = (
    Column("文字"),
    Column("数量", Holds.COUNT),
    Column("金额", Holds.MONEY),
    Column("时间", Holds.TIME),
    Column("日期", Holds.DAY),
)
AT = datetime(2026, 11, 24, 16, 0, 1, 999_999, tzinfo=UTC)  # the next day in Shanghai
TRICKY = [
    '=HYPERLINK("http://x","点")',
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "'=1",
    'quote " and, comma',
    "两行\n文字",
    "<b>&amp;</b>",
    "👩‍👩‍👧 𠮷野家",
    "_x0041_",
    "  blanks  ",
    "31010420261124000001",
]
AMOUNTS = [0, 1, -1, 7, -105, 9_999_999_999, 10_000_000_000, 1_999, 2_999_999]


def build(file_format: SheetFormat, rows: list[Row], pieces: int = 1) -> bytes:
    sheet, state = sheet_of(file_format), SheetState()
    file = sheet.head(state, COLUMNS)
    size = -(-len(rows) // pieces) or 1
    for start in range(0, len(rows), size):
        state = SheetState.model_validate_json(state.model_dump_json())  # as it is between two workers
        file += sheet.rows(state, COLUMNS, rows[start : start + size])
    file += sheet.tail(state, COLUMNS, "订单 <1> & 2")
    assert state.size == len(file)
    assert state.rows == len(rows)
    return file


def read(file: bytes) -> list[tuple[Any, ...]]:
    assert zipfile.ZipFile(io.BytesIO(file)).testzip() is None
    book = openpyxl.load_workbook(io.BytesIO(file))
    assert book.sheetnames == ["订单 <1> & 2"]
    return [tuple(cell.value for cell in row) for row in book.active.iter_rows()]


def rows() -> list[Row]:
    return [(text, number, amount, AT, date(2026, 2, 28)) for number, (text, amount) in enumerate(zip(
        TRICKY, AMOUNTS * 2, strict=False))]  # fmt: skip


@pytest.mark.parametrize("pieces", [1, 4, 13])
def test_a_workbook_holds_what_was_written(pieces: int) -> None:
    head, *found = read(build(SheetFormat.XLSX, rows(), pieces))
    assert head == tuple(column.title for column in COLUMNS)
    # Excel reads _x0041_ as A; openpyxl leaves both it and its escape as they are.
    assert [unescape(row[0]) for row in found] == TRICKY
    assert [row[1] for row in found] == list(range(len(TRICKY)))
    assert [round(Decimal(repr(row[2])) * 100) for row in found] == [row[2] for row in rows()]
    assert {str(row[3]) for row in found} == {"2026-11-25 00:00:01"}
    assert {str(row[4]) for row in found} == {"2026-02-28 00:00:00"}


def test_amounts_stand_in_a_workbook_as_decimals() -> None:
    """Not as a float was printed: 19.99 and no 19.990000000000002."""
    text = zipfile.ZipFile(io.BytesIO(build(SheetFormat.XLSX, rows()))).read("xl/worksheets/sheet1.xml").decode()
    for amount in ("0.00", "0.01", "-0.01", "-1.05", "99999999.99", "19.99"):
        assert f"<v>{amount}</v>" in text
    assert "<f>" not in text


def test_a_text_of_a_workbook_is_never_a_formula_and_always_xml() -> None:
    bad = ["\x00\x0b\x1f", "half \ud83d", "\ufffe", "a\r\nb\rc", "x" * 40_000, "𠮷" * 20_000]
    found = [row[0] for row in read(build(SheetFormat.XLSX, [(text, None, None, None, None) for text in bad]))[1:]]
    assert found[:4] == ["\ufffd" * 3, "half \ufffd", "\ufffd", "a\nb\nc"]
    assert found[4:] == ["x" * 32_767, "𠮷" * 16_383]


def test_csv_holds_the_same_and_no_formula() -> None:
    file = build(SheetFormat.CSV, rows(), 3).decode()
    assert file.startswith("\ufeff文字,")
    _, *found = csv.reader(io.StringIO(file.removeprefix("\ufeff"), newline=""))
    assert [row[0].removeprefix("'") for row in found[:5]] == TRICKY[:5]
    assert [row[0][0] for row in found[:6]] == ["'"] * 6
    assert [row[0] for row in found[6:]] == TRICKY[6:]
    assert found[5][0] == "''=1"
    assert [row[2] for row in found[:5]] == ["0.00", "0.01", "-0.01", "0.07", "-1.05"]
    assert found[0][3:] == ["2026-11-25 00:00:01", "2026-02-28"]


@pytest.mark.parametrize("file_format", SheetFormat)
def test_no_rows_make_a_file_with_headings(file_format: SheetFormat) -> None:
    file = build(file_format, [])
    if file_format is SheetFormat.XLSX:
        assert read(file) == [tuple(column.title for column in COLUMNS)]
    else:
        expected = {SheetFormat.CSV: "\ufeff文字,数量,金额,时间,日期\r\n", SheetFormat.LINES: ""}
        assert file.decode() == expected[file_format]


def test_a_sheet_beyond_what_a_zip_counts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_RAW", 2_000)
    with pytest.raises(OverflowError):
        build(SheetFormat.XLSX, rows() * 3)


def test_columns_beyond_z_have_two_letters() -> None:
    assert workbook._letters(54)[24:] == ["Y", "Z", *(f"A{chr(code)}" for code in range(65, 91)), "BA", "BB"]
