"""Refunds and movements of money as files: every fen, once, and as reconciliation counts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.core.transaction import Transaction
from chalicelib.trade.exports import service as exports
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.models import Payment
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.refunds import service as refunding
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus
from chalicelib.trade.reconciliation.models import MALL, DayStatus, Reconciliation
from tests.harness import MovableClock
from tests.loyalty.wallet.factories import Teller, fill, plan
from tests.mall.exports.conftest import Desk
from tests.trade import factories
from tests.trade.after_sales.factories import Counter
from tests.trade.exports.test_lines import fen, total
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import cancel, payments, refunds

Do = Callable[..., Any]
PURSES = ("渠道退款", "储值本金退款", "储值赠金退款", "预付退款")


@pytest.fixture
def teller(desk: Desk, till: Till, stored_value: None) -> Teller:
    """A shop with stored value; who exports may see payments."""
    desk.rights = ("data.export", "payments.read")
    return Teller(desk.http, till.partners, factories.shopper())


def start(teller: Teller, order: Order, wallet: int = 0) -> Any:
    parts = [{"tender": "wallet", "amount": wallet}] if wallet else []
    return teller.buyer.post(f"/orders/{order.id}/pay", json={"parts": parts}).ok()


def paid(teller: Teller, drain: Do, amount: int, wallet: int = 0) -> str:
    """An order, paid by WeChat and the wallet. :returns: its payment's id."""
    order = teller.order(amount)
    begun = start(teller, order, wallet)
    if not begun["paid"]:
        teller.pay(begun)
        teller.deliver()
    drain()
    (payment,) = payments(order)
    return str(payment.id)


def give_back(payment_id: str, amount: int, purpose: str, teller: Teller, drain: Do) -> None:
    payment = Payment.find(payment_id, consistent=True)
    assert payment is not None
    with Transaction() as tx:
        refunding.file(tx, payment, purpose=purpose, reason="少发一件", amount=amount)
    drain()
    teller.deliver()
    drain()


def test_where_each_fen_of_a_refund_goes(teller: Teller, desk: Desk, drain: Do) -> None:
    fill(teller.me, 3_000, 1_001)
    mixed, alone = paid(teller, drain, 9_999, 2_001), paid(teller, drain, 1_500, 1_500)
    give_back(mixed, 3_333, "t1", teller, drain)
    give_back(mixed, 1, "t2", teller, drain)
    give_back(alone, 700, "t1", teller, drain)
    rows = {row["退款单号"]: row for row in desk.table("refunds")}
    assert set(rows) == {f"R{mixed}-t1", f"R{mixed}-t2", f"R{alone}-t1"}
    for number, row in rows.items():
        stored = Refund.find(number)
        assert stored is not None
        assert sum(fen(row[name]) for name in PURSES) == fen(row["退款金额"]) == stored.amount
        assert fen(row["渠道退款"]) == stored.channel_amount
    first = rows[f"R{mixed}-t1"]
    assert fen(first["储值赠金退款"]) > 0 < fen(first["储值本金退款"])
    assert (first["订单号"], first["状态"], first["退款原因"]) == (mixed[:-2], "已退款", "少发一件")
    assert (first["渠道"], first["售后单号"], first["经办人"]) == ("微信支付", "", "")
    assert total(list(rows.values()), "退款金额") == 3_333 + 1 + 700


def test_refunds_by_day_and_state(
    teller: Teller, desk: Desk, drain: Do, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the day they were asked for, whatever became of them since: the key does not move, so none is there twice."""
    monkeypatch.setattr(exports, "PAGE", 1)
    first = paid(teller, drain, 5_000)
    teller.partners.faults.api("refund", "500", times=9)
    give_back(first, 100, "slow", teller, drain)
    teller.partners.faults.clear()
    frozen.move(days=1)
    give_back(first, 200, "fast", teller, drain)
    days = {"from_day": "2026-11-24", "to_day": "2026-11-25"}

    def told(**filters: str) -> list[tuple[str, str]]:
        return [(row["退款单号"].partition("-")[2], row["状态"]) for row in desk.table("refunds", **filters)]

    assert told(**days) == [("slow", "待受理"), ("fast", "已退款")]
    assert told(**days, state="requested") == [("slow", "待受理")]
    jobs.run("poll_refunds")
    drain()
    teller.deliver()
    drain()
    assert told(to_day="2026-11-24") == [("slow", "已退款")]
    assert told(**days, state="requested") == []


def test_staff_who_gave_money_back(teller: Teller, desk: Desk, drain: Do) -> None:
    """The after-sale behind a refund is named with who decided it."""
    counter = Counter(desk.http, None, None, teller.partners, drain, teller.shopper)  # type: ignore[arg-type]
    order = counter.order((5_000, 2))
    body = {"pieces": [{"line": 0, "quantity": 1}], "reason": "other", "note": "道歉"}
    counter.staff.post(f"/admin/orders/{order.number}/refunds", json=body, key="give-0001").ok()
    counter.settle()
    (row,) = desk.table("refunds")
    desk.rights = ("data.export", "aftersales.read")
    (sale,) = desk.table("after_sales")
    assert (row["售后单号"], row["经办人"]) == (sale["售后单号"], "小林")
    assert [sale[name] for name in ("订单号", "状态", "来源")] == [order.number, "已退款", "客服发起"]
    assert sale["最近经办人"] == "小林"
    assert sale["退款单号"] == row["退款单号"]
    assert fen(sale["应退货款"]) - fen(sale["扣除"]) + fen(sale["退运费"]) == fen(sale["实退"]) == fen(row["退款金额"])
    assert (sale["件数"], sale["接受件数"], sale["类型"]) == ("1", "1", "仅退款")


def test_movements_are_what_reconciliation_counts(
    teller: Teller, desk: Desk, drain: Do, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each day's totals are the bill's; their sum is what was paid at the channel, less what went back."""
    monkeypatch.setattr(exports, "PAGE", 2)
    for tap in range(3):
        paid(teller, drain, 9_901 + tap)
    fill(teller.me, 5_000)
    part = paid(teller, drain, 8_000, 1_000)
    paid(teller, drain, 700, 700)  # by the wallet alone: nothing moves at a channel
    teller.top_up(plan(20_000).id)
    drain()
    give_back(part, 4_000, "t1", teller, drain)
    late = teller.order(1_234)
    begun = start(teller, late)
    cancel(late)
    teller.pay(begun)
    teller.deliver()
    drain()
    frozen.move(days=1)
    paid(teller, drain, 10_000)
    give_back(part, 400, "t2", teller, drain)
    teller.deliver()
    for _ in range(2):
        frozen.move(days=1)
        jobs.run("reconcile_payments")
        drain()
    rows = desk.table("finance", from_day="2026-11-24", to_day="2026-11-27")
    totals = [row for row in rows if row["类型"] == "日合计"]
    assert [row["渠道日期"] for row in totals] == ["2026-11-24", "2026-11-25"]
    for row in totals:
        day = Reconciliation.find(MALL, row["渠道日期"])
        assert day is not None
        assert (day.status, day.found) == (DayStatus.DONE, 0)
        assert (fen(row["日收入合计"]), fen(row["日支出合计"])) == (day.payments_amount, day.refunds_amount)
        assert int(row["日笔数"]) == day.own_payments + day.own_refunds
    money_in = sum(each.channel_amount for each in Payment.scan() if each.channel_day)
    money_in += sum(each.amount for each in DirectPurchase.scan() if each.channel_day)
    money_out = sum(each.channel_amount for each in Refund.scan() if each.status is RefundStatus.SUCCEEDED)
    assert total(rows, "收入") == total(rows, "日收入合计") == money_in
    assert total(rows, "支出") == total(rows, "日支出合计") == money_out
    assert total(rows, "日净额") == money_in - money_out
    assert [row["类型"] for row in rows].count("储值充值") == 1
    assert "迟到付款，原路退回" in [row["说明"] for row in rows]
    assert len({row["商户单号"] for row in rows if row["商户单号"]}) == len(rows) - 2


def test_a_refund_that_was_closed_moved_nothing(teller: Teller, desk: Desk, drain: Do) -> None:
    payment_id = paid(teller, drain, 5_000)
    give_back(payment_id, 1_000, "t1", teller, drain)
    (found,) = refunds(by_number(payment_id[:-2]))
    found.update([Refund.status.set(RefundStatus.CLOSED)])
    rows = desk.table("finance")
    assert (total(rows, "支出"), total(rows, "日支出合计"), total(rows, "日净额")) == (0, 0, 5_000)
    assert [row["类型"] for row in rows] == ["订单支付", "退款", "日合计"]


def test_money_needs_its_own_right(desk: Desk) -> None:
    for kind in ("finance", "refunds", "after_sales", "invoices"):
        refused = desk.ask(kind)
        assert (refused.status, refused.code) == (403, "forbidden")
    desk.rights = ("data.export", "payments.read")
    assert desk.ask("orders").status == 403
    assert desk.ask("finance", state="succeeded").status == 422
    assert desk.table("finance") == []
