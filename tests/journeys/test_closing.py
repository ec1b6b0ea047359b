"""An unpaid order closes by itself; and when somebody pays in that very second, exactly one of both wins."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from chalicelib.core import outbox
from infra.local.partners import Partners
from infra.local.partners.exchange import Refused
from tests.harness import Client, Cloud, MovableClock
from tests.journeys.people import Customer, available
from tests.mall.catalog import factories as catalog

STOCK = 10
Meanwhile = Callable[[str, str, Callable[[], object]], None]


@pytest.fixture
def line(customer: Customer) -> dict[str, Any]:
    """Two pots of the ten there are."""
    product = catalog.product("pot", **catalog.plain(price_amount=19_900, stock=STOCK))
    return {"product_id": product.id, "sku_id": product.skus[0].id, "quantity": 2}


@pytest.fixture(autouse=True)
def _channel_clock_is_behind(partners: Partners, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """WeChat Pay's clock is two minutes behind ours: at the deadline a payment is still open there."""
    for played in (partners.wechat_pay, partners.wechat_pay.api):
        monkeypatch.setattr(played, "_now", lambda: frozen.at - timedelta(minutes=2))


def left(http: Client, line: dict[str, Any]) -> int:
    return available(http, line["product_id"], line["sku_id"])


def entries(cloud: Cloud, reason: str) -> int:
    """Rows of the stock log with that reason."""
    return sum(row["reason"]["S"] == reason for row in cloud.items("stock_entries"))


def test_an_unpaid_order_closes_by_itself(
    customer: Customer,
    http: Client,
    cloud: Cloud,
    line: dict[str, Any],
    sweep: Callable[..., Any],
    drain: Callable[..., Any],
) -> None:
    order = customer.order([line])
    begun = customer.open_sheet(order)
    assert left(http, line) == STOCK - 2

    sweep(minutes=29)
    assert customer.see(order)["status"] == "pending_payment"

    sweep(minutes=2)
    closed = customer.see(order)
    assert (closed["status"], closed["paid_amount"]) == ("canceled", 0)
    assert [each["kind"] for each in closed["timeline"]] == ["placed", "canceled"]
    endpoints = [name for name, _ in customer.wechat.calls if name in ("query", "close")]
    assert endpoints[-2:] == ["query", "close"]
    assert customer.trade(begun["payment_id"])["trade_state"] == "CLOSED"
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        customer.confirm_sheet(begun)
    assert left(http, line) == STOCK
    assert customer.http.post(f"/orders/{order['id']}/pay", json={}).code == "order_not_pending"

    sweep(minutes=120, twice=True)
    assert left(http, line) == STOCK
    assert entries(cloud, "given_back") == 1
    assert not cloud.dead_letters()


def test_every_message_of_the_closing_may_come_twice(
    customer: Customer, http: Client, cloud: Cloud, line: dict[str, Any], sweep: Callable[..., Any]
) -> None:
    order = customer.order([line])
    customer.open_sheet(order)
    sweep(minutes=30.5, twice=True)
    sweep(minutes=5, twice=True)
    assert customer.see(order)["status"] == "canceled"
    assert left(http, line) == STOCK
    assert (entries(cloud, "taken"), entries(cloud, "given_back")) == (1, 1)


def test_while_the_channel_is_silent_nothing_is_closed(
    customer: Customer, http: Client, line: dict[str, Any], partners: Partners, sweep: Callable[..., Any]
) -> None:
    order = customer.order([line])
    customer.open_sheet(order)
    partners.faults.api("*", "500", times=1000)
    sweep(minutes=30.5)
    assert customer.see(order)["status"] == "pending_payment"
    assert left(http, line) == STOCK - 2
    partners.faults.clear()
    sweep(minutes=6)
    assert customer.see(order)["status"] == "canceled"
    assert left(http, line) == STOCK


def test_paid_between_the_question_and_the_close_is_paid(
    customer: Customer,
    http: Client,
    line: dict[str, Any],
    meanwhile: Meanwhile,
    sweep: Callable[..., Any],
    deliver: Any,
) -> None:
    order = customer.order([line])
    begun = customer.open_sheet(order)
    meanwhile("before", "/close", lambda: customer.confirm_sheet(begun))
    sweep(minutes=30.5)
    assert_paid(customer, http, order, begun, line)
    assert deliver() == [200]
    assert_paid(customer, http, order, begun, line)


def test_the_notice_before_the_cancel_is_written_wins(
    customer: Customer,
    http: Client,
    line: dict[str, Any],
    meanwhile: Meanwhile,
    sweep: Callable[..., Any],
    deliver: Any,
) -> None:
    order = customer.order([line])
    begun = customer.open_sheet(order)

    def money_arrives() -> None:
        customer.confirm_sheet(begun, even_closed=True)
        assert deliver() == [200]

    meanwhile("after", "/close", money_arrives)
    sweep(minutes=30.5, redeliver=True)
    assert_paid(customer, http, order, begun, line)


def test_the_notice_after_the_cancel_is_late_and_refunded_once(
    customer: Customer,
    http: Client,
    cloud: Cloud,
    line: dict[str, Any],
    partners: Partners,
    sweep: Callable[..., Any],
    drain: Callable[..., Any],
    deliver: Callable[[], list[int]],
) -> None:
    order = customer.order([line])
    begun = customer.open_sheet(order)
    sweep(minutes=30.5)
    customer.confirm_sheet(begun, even_closed=True)
    for _ in range(3):
        partners.wechat_pay.tell_paid_again(begun["payment_id"])
    assert set(deliver()) == {200}
    drain(twice=True)
    deliver()
    drain(twice=True)
    sweep(minutes=60, twice=True)
    assert_refunded(customer, http, order, begun, line)
    assert entries(cloud, "given_back") == 1
    assert not cloud.dead_letters()


@pytest.mark.parametrize("fault", ["lost_answer", "500", "reset", "busy"])
def test_late_money_goes_back_once_whatever_the_channel_does(
    customer: Customer,
    http: Client,
    line: dict[str, Any],
    partners: Partners,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
    sweep: Callable[..., Any],
    deliver: Callable[[], list[int]],
) -> None:
    order = customer.order([line])
    begun = customer.open_sheet(order)
    sweep(minutes=30.5)
    customer.confirm_sheet(begun, even_closed=True)
    partners.faults.api("refund", fault, times=1 if fault == "lost_answer" else 3, seconds=0.01)
    deliver()
    sweep(minutes=5)
    run_job("poll_refunds", sweep, minutes=30)
    deliver()
    sweep(minutes=30)
    assert_refunded(customer, http, order, begun, line)


@pytest.mark.parametrize("late_money", [False, True])
@pytest.mark.parametrize("closed_by", ["the buyer", "the deadline"])
def test_paying_and_closing_at_once_from_two_threads(
    customer: Customer,
    http: Client,
    cloud: Cloud,
    line: dict[str, Any],
    frozen: MovableClock,
    sweep: Callable[..., Any],
    drain: Callable[..., Any],
    deliver: Callable[[], list[int]],
    closed_by: str,
    late_money: bool,
) -> None:
    order = customer.order([line])
    begun = customer.open_sheet(order)
    sweep(minutes=5)
    if closed_by == "the deadline":
        frozen.move(minutes=25.5)
        outbox.sweep()
    start = Barrier(2)

    def close() -> None:
        start.wait()
        if closed_by == "the deadline":
            drain(redeliver=True)
        else:
            assert customer.http.post(f"/orders/{order['id']}/cancel", json={}).status in (200, 409)

    def pay() -> None:
        start.wait()
        with suppress(Refused):
            customer.confirm_sheet(begun, even_closed=late_money)
            deliver()

    with ThreadPoolExecutor(2) as pool:
        for each in (pool.submit(close), pool.submit(pay)):
            each.result()
    for _ in range(3):
        drain(redeliver=True)
        deliver()
        sweep(minutes=11, redeliver=True)
    if customer.see(order)["status"] == "processing":
        assert_paid(customer, http, order, begun, line)
    elif customer.trade(begun["payment_id"])["trade_state"] == "REFUND":
        assert_refunded(customer, http, order, begun, line)
    else:
        assert customer.trade(begun["payment_id"])["trade_state"] == "CLOSED"
        assert customer.see(order)["status"] == "canceled"
        assert left(http, line) == STOCK
    assert entries(cloud, "given_back") == (customer.see(order)["status"] == "canceled")
    assert not cloud.dead_letters()


def run_job(name: str, sweep: Callable[..., Any], minutes: float) -> None:
    """Time passes, then the job runs, then what it sent is delivered."""
    from chalicelib.core import jobs

    sweep(minutes=minutes)
    jobs.run(name)
    sweep(minutes=0)


def assert_paid(
    customer: Customer, http: Client, order: dict[str, Any], begun: dict[str, Any], line: dict[str, Any]
) -> None:
    """The order has the money and the goods; nothing went back."""
    seen = customer.see(order)
    assert (seen["status"], seen["paid_amount"]) == ("processing", order["payable_amount"])
    trade = customer.trade(begun["payment_id"])
    assert (trade["trade_state"], trade["refunds"]) == ("SUCCESS", [])
    assert left(http, line) == STOCK - 2


def assert_refunded(
    customer: Customer, http: Client, order: dict[str, Any], begun: dict[str, Any], line: dict[str, Any]
) -> None:
    """The order is closed, the goods are back, the money too: once, under the number made of the payment's."""
    seen = customer.see(order)
    assert (seen["status"], seen["paid_amount"]) == ("canceled", 0)
    (refund,) = customer.trade(begun["payment_id"])["refunds"]
    assert refund["out_refund_no"] == f"R{begun['payment_id']}-late"
    assert refund["amount"]["refund"] == order["payable_amount"]
    assert left(http, line) == STOCK
