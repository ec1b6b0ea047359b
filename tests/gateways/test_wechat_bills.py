"""The trade bill: asked for, fetched, believed as a whole, read row by row."""

from __future__ import annotations

import gzip
import hashlib
import io
import tempfile
import tracemalloc
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from chalicelib.core.http import PartnerBroken, PartnerTimeout
from chalicelib.gateways.wechat_pay import bills
from chalicelib.gateways.wechat_pay import service as wechat_pay
from chalicelib.gateways.wechat_pay.bills import BillRow, RowKind, Totals
from chalicelib.gateways.wechat_pay.errors import BadBill, BillNotReady, NoBill, PayRefused, UnsignedAnswer
from infra.local.partners import Partners
from infra.local.partners.wechat_pay.bills import COLUMNS, text_of
from tests.harness import MovableClock

DAY = date(2026, 11, 24)


def fetched(day: date = DAY) -> tuple[Totals, list[BillRow]]:
    with tempfile.TemporaryFile() as file:
        totals = bills.fetch(day, file)
        return totals, list(bills.rows(file))


@pytest.fixture
def traded(paid_trade: str, open_trade: Callable[..., str], partners: Partners, frozen: MovableClock) -> str:
    """Two payments and a refund, and the morning after."""
    partners.wechat_pay.pay(open_trade("M00000002", total_amount=10_000), coupon_amount=500)
    frozen.move(seconds=1)
    wechat_pay.refund(out_trade_no=paid_trade, out_refund_no="R1", refund_amount=333, total_amount=9900)
    frozen.move(hours=24)
    return paid_trade


def test_read(traded: str) -> None:
    totals, rows = fetched()
    assert [(each.kind, each.name, each.amount, each.state) for each in rows] == [
        (RowKind.PAYMENT, traded, 9900, "SUCCESS"),
        (RowKind.PAYMENT, "M00000002", 10_000, "SUCCESS"),
        (RowKind.REFUND, "R1", 333, "SUCCESS"),
    ]
    assert (totals.rows, totals.payments, totals.payments_amount) == (3, 2, 19_900)
    assert (totals.refunds, totals.refunds_amount, totals.fee_amount) == (1, 333, 59 + 57 - 2)
    refund = rows[2]
    assert (refund.number, refund.transaction_id) == (traded, rows[0].transaction_id)
    assert refund.refund_id.startswith("5030")
    assert refund.fee == Decimal("-0.02000")


def test_its_form_is_wechat_pays(traded: str, partners: Partners) -> None:
    fetched()
    lines = partners.wechat_pay.books.bills[f"{DAY}/ALL"].split("\r\n")
    assert lines[0].startswith("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号")
    assert lines[1].startswith("`2026-11-24 10:00:00,`")
    assert all(line.count(",`") == len(COLUMNS) - 1 for line in lines[1:4])
    assert lines[4].startswith("总交易单数,")
    assert lines[5] == "`3,`194.00,`3.33,`0.00,`1.14000,`199.00,`3.33"
    assert lines[6] == ""


@pytest.mark.parametrize(("hours", "kind"), [(0, PayRefused), (15, BillNotReady)])
def test_too_early(paid_trade: str, frozen: MovableClock, hours: int, kind: type[Exception]) -> None:
    frozen.move(hours=hours)
    with pytest.raises(kind):
        fetched()


def test_a_day_without_trades(partners: Partners, frozen: MovableClock) -> None:
    with pytest.raises(NoBill):
        fetched(date(2026, 11, 20))


@pytest.mark.parametrize("fault", ["cut", "garbage"])
def test_another_file_than_was_promised(traded: str, partners: Partners, fault: str) -> None:
    partners.faults.api("billdownload", fault)
    with pytest.raises(BadBill):
        fetched()
    assert fetched()[0].rows == 3


def test_a_changed_file(traded: str, partners: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched()
    promised = partners.wechat_pay.books.bills
    honest = promised[f"{DAY}/ALL"]
    judge = bills._promise

    def change(answer: dict[str, object]) -> tuple[str, str]:
        promised[f"{DAY}/ALL"] = honest.replace("M00000002", "M00000003")
        return judge(answer)

    monkeypatch.setattr(bills, "_promise", change)
    with pytest.raises(BadBill, match="hash"):
        fetched()


@pytest.mark.parametrize("fault", ["unsigned", "forged"])
def test_a_promise_that_nobody_signed(traded: str, partners: Partners, fault: str) -> None:
    partners.faults.api("tradebill", fault, times=3)
    with pytest.raises(UnsignedAnswer):
        fetched()


def test_a_broken_line_is_tried_again_from_the_start(traded: str, partners: Partners) -> None:
    partners.faults.api("billdownload", "reset", times=2)
    assert fetched()[0].rows == 3
    partners.faults.api("billdownload", "reset", times=9)
    with pytest.raises(PartnerTimeout):
        fetched()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"hash_type": "SHA1", "hash_value": "00"},
        {"hash_type": "MD5", "hash_value": "00", "download_url": "https://x/v3/billdownload/file?token=1"},
        {"hash_type": "SHA1", "hash_value": "00", "download_url": "https://x/v3/pay/transactions/id/1"},
        {"hash_type": "SHA1", "hash_value": 7, "download_url": "https://x/v3/billdownload/file?token=1"},
    ],
)
def test_a_promise_that_is_none(answer: dict[str, object]) -> None:
    with pytest.raises(BadBill):
        bills._promise(answer)


def test_the_host_of_the_address_is_not_followed() -> None:
    answer = {"hash_type": "SHA1", "hash_value": "AB", "download_url": "https://evil.test/v3/billdownload/file?token=1"}
    assert bills._promise(answer) == ("/v3/billdownload/file?token=1", "ab")


ROW = {**dict.fromkeys(COLUMNS, ""), "交易时间": "2026-11-24 10:00:00", "商户订单号": "M1", "交易状态": "SUCCESS"}
ROW |= {"应结订单金额": "1.00", "退款金额": "0.00", "充值券退款金额": "0.00", "手续费": "0.01000", "订单金额": "1.00"}
ROW |= {"申请退款金额": "0.00", "商品名称": "被子, 大号,“好”"}


def packed(text: str) -> io.BytesIO:
    return io.BytesIO(gzip.compress(text.encode()))


def test_a_comma_within_a_cell_is_no_border() -> None:
    (row,) = bills.rows(packed("\ufeff" + text_of([ROW])))
    assert (row.number, row.amount) == ("M1", 100)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("商户订单号", "订单号"),
        ("`M1", "`M1,`M2"),
        ("`1.00,`0.00,`\r", "`1.001,`0.00,`\r"),
        ("`1.00,`0.00,`\r", "`-1.00,`0.00,`\r"),
        ("`1.00,`0.00,`\r", "`NaN,`0.00,`\r"),
        ("2026-11-24 10", "2026-31-24 10"),
        ("\r\n`1,`", "\r\n`2,`"),
        ("`0.01000,`1.00,`0.00\r", "`0.01000,`2.00,`0.00\r"),
        ("`0.01000,`1.00,`0.00\r", "`0.02000,`1.00,`0.00\r"),
        ("总交易单数", "`"),
    ],
)
def test_what_does_not_read_is_not_believed(was: str, now: str) -> None:
    text = text_of([ROW])
    assert was in text
    with pytest.raises(BadBill):
        list(bills.rows(packed(text.replace(was, now, 1))))


@pytest.mark.parametrize("text", ["", "a,b\r\n", text_of([ROW]).partition("总")[0]])
def test_an_end_that_is_missing(text: str) -> None:
    with pytest.raises(BadBill):
        list(bills.rows(packed(text)))


def test_more_than_anybody_sells_is_not_taken(traded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bills, "MAX_PACKED", 100)
    with pytest.raises(PartnerBroken, match="more than 100 bytes"):
        fetched()


def test_many_rows_take_no_memory() -> None:
    count = 20_000
    text = text_of([ROW | {"商户订单号": f"M{number:010d}"} for number in range(count)])
    file, digest = packed(text), hashlib.sha1(text.encode()).hexdigest()
    del text
    tracemalloc.start()
    try:
        assert bills._digest(file) == digest
        file.seek(0)
        assert sum(1 for _ in bills.rows(file)) == count
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
