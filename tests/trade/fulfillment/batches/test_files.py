"""From rows to parcels: what is read, and what is said of what is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mall.catalog.formats.errors import FileUnreadable
from chalicelib.mall.catalog.formats.schemas import FileFormat
from chalicelib.trade.fulfillment.batches.files import service
from chalicelib.trade.fulfillment.batches.models import MAX_BYTES, MAX_ROWS

NUMBER, OTHER = "26112436000000123456", "26112436000000123457"
HEAD = "订单号,快递公司,运单号,规格编号,数量,允许重复运单\n"


def read(text, file_format=FileFormat.CSV, encoding="utf-8"):
    return service.read(text.encode(encoding), file_format)[1]


def only(text, file_format=FileFormat.CSV):
    (parcel,) = read(text, file_format)
    return parcel


@pytest.fixture(autouse=True)
def _empty(cloud):
    """Couriers are read from an empty table."""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_encodings(encoding):
    (parcel,) = read(HEAD + f"{NUMBER},顺丰,SF1234567890123,,,\n", encoding=encoding)
    assert (parcel.order_number, parcel.carrier, parcel.tracking_number, parcel.pieces) == (
        NUMBER,
        "sf",
        "SF1234567890123",
        [],
    )
    assert (parcel.issue, parcel.line) == (None, 2)


def test_numbers_as_spreadsheets_leave_them():
    parcel = only(HEAD + f"'{NUMBER}\t,中通快递,7871 2345 678901\t,,,\n")
    assert (parcel.order_number, parcel.carrier, parcel.tracking_number) == (NUMBER, "zto", "78712345678901")


def test_rows_of_one_parcel_are_joined_wherever_they_stand():
    text = (
        HEAD
        + f"{NUMBER},sf,SF1234567890123,sku_1,2,\n{OTHER},sf,SF1234567890124,,,是\n"
        + f"{NUMBER},顺丰,sf1234567890123,sku_2,1,\n"
    )
    first, second = read(text)
    assert [(each.sku_id, each.quantity) for each in first.pieces] == [("sku_1", 2), ("sku_2", 1)]
    assert (first.line, len(first.cells), second.even_if_used, first.even_if_used) == (2, 2, True, False)


@pytest.mark.parametrize(
    ("row", "issue"),
    [
        (",sf,SF1234567890123,,,", "缺少订单号"),
        (f"{NUMBER},sf,,,,", "缺少运单号"),
        (f"{NUMBER},,SF1234567890123,,,", "缺少快递公司"),
        (f"{NUMBER},顺风,SF1234567890123,,,", "不认识的快递公司“顺风”"),
        ("2.61124E+19,sf,SF1234567890123,,,", "订单号被表格软件改成了“2.61124E+19”，请把该列设为文本格式后重新填写"),
        (f"{NUMBER},zto,7.87123E+13,,,", "运单号被表格软件改成了“7.87123E+13”，请把该列设为文本格式后重新填写"),
        ("123,sf,SF1234567890123,,,", "“123”不是订单号（20 位数字）"),
        (f"{NUMBER},sf,SF123!,,,", "“SF123!”不是运单号"),
        (f"{NUMBER},sf,12345,,,", "“12345”不是运单号"),
        (f"{NUMBER},sf,SF1234567890123,sku_1,,", "有规格编号，缺少数量"),
        (f"{NUMBER},sf,SF1234567890123,,2,", "有数量，缺少规格编号"),
        (f"{NUMBER},sf,SF1234567890123,sku_1,两件,", "“两件”不是整数"),
        (f"{NUMBER},sf,SF1234567890123,sku_1,0,", "“0”不是可发的数量"),
        (f"{NUMBER},sf,SF1234567890123,sku_1,-1,", "“-1”不是可发的数量"),
        (f"{NUMBER},sf,SF1234567890123,sku 1,1,", "“sku 1”不是规格编号"),
        (f"{NUMBER},sf,SF1234567890123,,,也许", "“也许”应为“是”或“否”"),
        (f"{NUMBER},sf,SF1234567890123,,,,多", "单元格多于列"),
    ],
)
def test_a_row_that_is_wrong_says_why(row, issue):
    bad, good = read(HEAD + row + f"\n{OTHER},sf,SF1234567890124,,,\n")
    assert (bad.issue, good.issue) == (issue, None)


@pytest.mark.parametrize(
    ("second", "issue"),
    [
        ("sku_1,1,", "第 3 行：同一订单同一运单里规格编号重复"),
        (",,", "第 3 行：同一订单同一运单的行重复；分规格发货时每行都要填规格编号和数量"),
        ("sku_2,x,", "第 3 行：“x”不是整数"),
    ],
)
def test_one_bad_row_keeps_its_parcel_back(second, issue):
    parcel = only(HEAD + f"{NUMBER},sf,SF1234567890123,sku_1,1,\n{NUMBER},sf,SF1234567890123,{second}\n")
    assert (parcel.issue, len(parcel.cells)) == (issue, 2)


def test_the_same_row_twice_is_no_second_parcel():
    row = f"{NUMBER},sf,SF1234567890123,,,\n"
    assert only(HEAD + row * 2).issue.startswith("第 3 行：同一订单同一运单的行重复")


def test_a_parcel_of_thousands_of_rows_stays_small():
    rows = "".join(f"{NUMBER},sf,SF1234567890123,sku_{index},1,\n" for index in range(MAX_ROWS))
    parcel = only(HEAD + rows)
    assert parcel.issue == "一个包裹最多 100 种规格"
    assert len(parcel.cells) == 100


def json_row(**changes):
    return json.dumps({"order_number": NUMBER, "carrier": "sf", "tracking_number": "SF1234567890123", **changes})


def test_json_lines():
    parcel = only(json_row(lines=[{"sku_id": "sku_1", "quantity": 2}], even_if_used=True), FileFormat.JSONL)
    assert ([each.model_dump() for each in parcel.pieces], parcel.even_if_used) == (
        [{"sku_id": "sku_1", "quantity": 2}],
        True,
    )
    assert parcel.cells[0]["sku_id"] == "sku_1", "the sheet of errors has them"


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": []},
        {"lines": "sku_1"},
        {"lines": [1]},
        {"lines": [{"sku_id": "sku_1"}]},
        {"lines": [{"sku_id": "sku_1", "quantity": "2"}]},
        {"lines": [{"sku_id": "sku_1", "quantity": True}]},
        {"lines": [{"sku_id": 1, "quantity": 1}]},
        {"lines": [{"sku_id": "sku_1", "quantity": 10**9}]},
        {"lines": [{"sku_id": "sku_1", "quantity": 1}] * 2},
        {"lines": [{"sku_id": f"sku_{index}", "quantity": 1} for index in range(101)]},
        {"sku_id": "sku_1", "quantity": 1},
        {"order_number": None},
        {"order_number": ["x"]},
        {"carrier": {}},
        {"tracking_number": 5.5},
        {"surprise": 1},
    ],
)
def test_json_that_is_wrong(changes):
    assert only(json_row(**changes), FileFormat.JSONL).issue


@pytest.mark.parametrize(
    "text", ["", HEAD, "订单号,快递公司\n1,2\n", "a,b,c\n", HEAD + '"open', "订单号,订单号,快递公司,运单号\n1,1,1,1\n"]
)
def test_files_that_can_not_be_read(text):
    with pytest.raises(FileUnreadable):
        read(text)


def test_limits():
    row = f"{NUMBER},sf,SF1234567890123,,,\n"
    rows = "".join(f"{NUMBER},sf,SF{index:013d},,,\n" for index in range(MAX_ROWS))
    assert len(read(HEAD + rows)) == MAX_ROWS
    with pytest.raises(FileUnreadable) as caught:
        read(HEAD + rows + row)
    assert "5000 行" in caught.value.details["reason"]
    with pytest.raises(FileUnreadable):
        service.read(b"x" * (MAX_BYTES + 1), FileFormat.CSV)
    with pytest.raises(FileUnreadable):
        service.read(HEAD.encode("utf-16"), FileFormat.CSV)


@given(st.binary(max_size=300), st.sampled_from(FileFormat), st.booleans())
def test_garbage_is_read_or_refused(noise, file_format, headed):
    content = HEAD.encode() + noise if headed and file_format is FileFormat.CSV else noise
    try:
        rows, parcels = service.read(content, file_format)
    except FileUnreadable:
        return
    assert len(parcels) <= rows
    assert all(parcel.issue or parcel.carrier for parcel in parcels)


def test_what_the_sheet_of_errors_writes_is_read_again():
    parcel = only(HEAD + f"{NUMBER},sf,SF1234567890123,sku_1,2,是\n")
    sheet = service.errors_sheet([(parcel.cells, "订单不存在")])
    assert "订单不存在" in sheet
    again = only(sheet)
    assert (again.order_number, again.pieces, again.even_if_used, again.issue) == (NUMBER, parcel.pieces, True, None)


def test_the_template_is_a_sheet():
    first, second = read(service.template())
    assert (first.issue, second.issue, len(second.pieces)) == (None, None, 1)
