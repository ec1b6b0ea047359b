"""A kept bill: whole for people, in parts for who compares it."""

from __future__ import annotations

import gzip
import io

import pytest

from chalicelib.gateways.wechat_pay import bill_parts, bills
from chalicelib.gateways.wechat_pay.errors import BadBill
from infra.local.partners.wechat_pay.bills import COLUMNS, text_of

ROW = {
    **dict.fromkeys(COLUMNS, ""),
    "交易时间": "2026-11-24 10:00:00",
    "交易状态": "SUCCESS",
    "商品名称": "被子, 大号,“好”",
}
ROW |= {"应结订单金额": "1.00", "退款金额": "0.00", "充值券退款金额": "0.00", "手续费": "0.01000", "订单金额": "1.00"}
ROW |= {"申请退款金额": "0.00"}


def text(rows: int) -> bytes:
    return ("\ufeff" + text_of([{**ROW, "商户订单号": f"M{number}"} for number in range(rows)])).encode()


def kept(rows: int, by: int = 2) -> tuple[bytes, int]:
    """The kept file, and the place of its first part."""
    into = io.BytesIO()
    place = bill_parts.pack(io.BytesIO(gzip.compress(text(rows))), into, by)
    return into.getvalue(), place


def read(file: bytes, place: int) -> tuple[list[str], int]:
    found, further = bill_parts.read(io.BytesIO(file), io.BytesIO(file[place:]))
    return [each.name for each in found], further


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 7])
def test_the_whole_is_the_channels_text(rows: int) -> None:
    file, _ = kept(rows)
    assert gzip.decompress(file) == text(rows)
    assert [each.name for each in bills.rows(io.BytesIO(file))] == [f"M{number}" for number in range(rows)]


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 7])
def test_part_by_part_it_is_every_row_once(rows: int) -> None:
    file, place = kept(rows)
    found: list[str] = []
    while True:
        names, further = read(file, place)
        assert len(names) == 2 or not further
        assert names or not rows
        found += names
        if not further:
            break
        place += further
    assert found == [f"M{number}" for number in range(rows)]


def test_the_same_bill_is_kept_as_the_same_bytes() -> None:
    file, place = kept(5)
    assert (file, place) == kept(5)
    assert {file[start + 4 : start + 8] for start in (0, place)} == {bytes(4)}  # no time of making


def test_what_a_row_says_is_read_in_a_part_as_in_the_whole() -> None:
    file, place = kept(3)
    rows, _ = bill_parts.read(io.BytesIO(file), io.BytesIO(file[place:]))
    assert rows == list(bills.rows(io.BytesIO(file)))[:2]


def test_no_more_is_read_than_the_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bill_parts, "_PIECE", 16)
    file, place = kept(40)
    stream = io.BytesIO(file[place:])
    _, further = bill_parts.read(io.BytesIO(file), stream)
    assert 0 <= stream.tell() - further < 16


@pytest.mark.parametrize("off", [-1, 1, 40])
def test_a_place_where_no_part_is(off: int) -> None:
    file, place = kept(5)
    with pytest.raises(BadBill):
        read(file, place + off)


def test_half_a_part() -> None:
    file, place = kept(5)
    with pytest.raises(BadBill):
        read(file[: place + 40], place)
    _, further = read(file, place)
    with pytest.raises(BadBill):  # every row is there, and what vouches for them is not
        read(file[: place + further - 4], place)


def test_a_row_that_does_not_read() -> None:
    into = io.BytesIO()
    spoiled = text(1).replace(b"`1.00,`0.00,`\r", b"`1.001,`0.00,`\r", 1)
    assert spoiled != text(1)
    place = bill_parts.pack(io.BytesIO(gzip.compress(spoiled)), into, 2)
    with pytest.raises(BadBill):
        read(into.getvalue(), place)
