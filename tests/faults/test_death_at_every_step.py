"""The process dies before and after every call it makes, in every flow that moves money or stock.

After each death time passes: sweeps run, messages come again, WeChat repeats its notices, the buyer's client repeats
its request. Then the invariants must hold: stock and money conserved, nothing lost, nothing done twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import outbox
from chalicelib.mall.catalog.products.models import ProductSales
from chalicelib.trade.checkout.models import Purchase
from chalicelib.trade.orders.models import Order, OrderDay, OrderStatus
from chalicelib.trade.payments.models import PaymentStatus, all_of
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus
from infra.local import faults
from tests import harness
from tests.trade import factories
from tests.trade.payments.factories import cancel

PIECES, PRICE, FREIGHT = 10, 5000, 1000
QUANTITY = 2
PAYABLE = PRICE * QUANTITY


@dataclass
class Mall:
    """One shop, one shopper, one WeChat Pay, and the tools to let time pass over them."""

    cloud: harness.Cloud
    clock: harness.MovableClock
    http: harness.Client
    partners: Any
    drain: Callable[..., Any]

    def open(self) -> None:
        """Everything anew."""
        self.cloud.memory.clear()
        self.partners.reset()
        self.clock.set(harness.START)
        self._swept_before(self.clock.at)
        self.quilt = factories.product(price=PRICE, stock=PIECES, per_member_max=5)
        self.shopper = factories.shopper()
        self.buyer = self.http.as_(self.shopper.token)

    def place(self) -> dict[str, Any]:
        body = {
            "lines": [factories.line(self.quilt, QUANTITY)],
            "address_id": self.shopper.address_id,
            "expected_payable_amount": PAYABLE,
        }
        order: dict[str, Any] = self.buyer.post("/orders", json=body, key="tap-0001").ok()
        return order

    def start_paying(self, order_id: str) -> dict[str, Any]:
        started: dict[str, Any] = self.buyer.post(f"/orders/{order_id}/pay", json={"tender": "wechat_pay"}).ok()
        return started

    def pay_at_wechat(self, order_id: str) -> None:
        self.partners.wechat_pay.pay(parameters=self.start_paying(order_id)["parameters"])

    def deliver_notices(self) -> None:
        self.partners.wechat_pay.notices.deliver_due()

    def let_time_pass(self) -> None:
        """Forty-five minutes and more: sweeps, redeliveries, repeated notices, until nothing is due any more."""
        end = self.clock.at + timedelta(minutes=45)
        self.drain(redeliver=True)
        self.deliver_notices()
        while (due := self._next_due()) is not None and due <= end:
            # The minutes in which nothing is due are passed over, as the sweeps of those minutes would have.
            self.clock.set(max(self.clock.at, due + timedelta(minutes=1)))
            self._swept_before(due)
            outbox.sweep()
            self.drain(redeliver=True)
            self.deliver_notices()
        self.clock.set(max(end, self.clock.at))

    def _next_due(self) -> datetime | None:
        slots = [item["slot"]["S"].partition("#")[0] for item in self.cloud.items("outbox")]
        return datetime.fromisoformat(min(slots) + ":00+00:00") if slots else None

    def _swept_before(self, at: datetime) -> None:
        for shard in range(outbox.SHARDS):
            outbox.Watermark(id=f"outbox#{shard}", swept_to=at).save()

    @property
    def trades(self) -> list[dict[str, Any]]:
        """The payments as WeChat Pay has them."""
        channel = self.partners.wechat_pay
        return [channel.trade(each.out_trade_no) for each in channel.trades()]

    @property
    def orders(self) -> list[Order]:
        return factories.orders_of(self.shopper.id)

    def check(self) -> None:
        """The invariants."""
        assert self.cloud.dead_letters() == []
        waiting = [item for item in self.cloud.items("outbox") if item["due_at"]["S"] <= outbox_time(self.clock)]
        assert waiting == []
        orders = self.orders
        held = [order for order in orders if order.status is not OrderStatus.CANCELED]
        paid = [order for order in held if order.status is not OrderStatus.PENDING_PAYMENT]
        assert held == paid, "nothing is left open"
        self._check_stock(held)
        self._check_money(orders, paid)
        self._check_counters(orders, paid)

    def _check_stock(self, held: list[Order]) -> None:
        left = factories.available(self.quilt)
        assert left == sum(entry.delta for entry in factories.ledger(self.quilt))
        assert left == PIECES - sum(line.quantity for order in held for line in order.lines)
        counter = Purchase.find(self.shopper.id, self.quilt.id)
        assert (counter.quantity if counter else 0) == PIECES - left

    def _check_money(self, orders: list[Order], paid: list[Order]) -> None:
        came = went = 0
        for trade in self.trades:
            if trade["trade_state"] in ("SUCCESS", "REFUND"):
                came += trade["amount"]["total"]
                went += sum(each["amount"]["refund"] for each in trade["refunds"])
                assert len(trade["refunds"]) <= 1, "money goes back once"
            else:
                assert trade["trade_state"] == "CLOSED", "nobody can pay a dead order"
        assert came - went == sum(order.paid_amount for order in paid), "what we kept is what was bought"
        for order in orders:
            payments = all_of(order)
            good = [each for each in payments if each.status is PaymentStatus.SUCCEEDED and each.id == order.payment_id]
            assert len(good) == (order.status is OrderStatus.PROCESSING)
            for refund in Refund.by_order.query(order.id):
                assert refund.status is RefundStatus.SUCCEEDED

    def _check_counters(self, orders: list[Order], paid: list[Order]) -> None:
        sales = ProductSales.find(self.quilt.id)
        assert (sales.quantity if sales else 0) == sum(line.quantity for order in paid for line in order.lines)
        days = list(OrderDay.query(orders[0].day)) if orders else []
        assert sum(day.placed_count for day in days) == len(orders)
        assert sum(day.paid_amount for day in days) == sum(order.paid_amount for order in paid)
        assert sum(day.canceled_count for day in days) == len(orders) - len(paid)


def outbox_time(clock: harness.MovableClock) -> str:
    return clock.at.strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture
def mall(cloud, frozen, http, partners, drain):
    return Mall(cloud, frozen, http, partners, drain)


def test_placing_and_asking_again(mall):
    """The client that lost the answer repeats its request: one order, paid afterwards."""

    def check():
        order = mall.place()
        assert len(mall.orders) == 1
        mall.pay_at_wechat(order["id"])
        mall.deliver_notices()
        mall.let_time_pass()
        assert [each.status for each in mall.orders] == [OrderStatus.PROCESSING]
        mall.check()

    def act():
        mall.place()
        mall.drain()

    steps = faults.every_death(mall.open, act, check)
    assert steps.count("dynamodb TransactWriteItems") >= 4


def test_placing_and_never_coming_back(mall):
    """The order exists or not; if it does it closes by itself, and the shelf is full again."""

    def check():
        mall.let_time_pass()
        mall.check()
        assert factories.available(mall.quilt) == PIECES

    faults.every_death(mall.open, mall.place, check)


def test_the_notice_of_a_payment(mall):
    """Paid at WeChat; we die while hearing of it. The money is never lost: the order is paid, once."""

    def prepare():
        mall.open()
        mall.order = mall.place()
        mall.drain()
        mall.pay_at_wechat(mall.order["id"])

    def act():
        mall.deliver_notices()
        mall.drain()

    def check():
        mall.let_time_pass()
        mall.check()
        assert [each.status for each in mall.orders] == [OrderStatus.PROCESSING]

    steps = faults.every_death(prepare, act, check)
    assert "dynamodb TransactWriteItems" in steps


def test_a_lost_notice_is_found_by_asking(mall):
    """No notice ever comes, and we die while asking the channel."""

    def prepare():
        mall.open()
        mall.order = mall.place()
        mall.drain()
        mall.partners.faults.notice("lost", times=100)
        mall.pay_at_wechat(mall.order["id"])

    def act():
        mall.clock.move(minutes=3)
        outbox.sweep()
        mall.drain()

    def check():
        mall.let_time_pass()
        mall.check()
        assert [each.status for each in mall.orders] == [OrderStatus.PROCESSING]

    steps = faults.every_death(prepare, act, check)
    assert any(step.startswith("GET ") for step in steps)


def test_beginning_to_pay(mall):
    """We die while opening the payment at the channel: tapping again goes on, and one payment is paid."""

    def prepare():
        mall.open()
        mall.order = mall.place()
        mall.drain()

    def act():
        mall.start_paying(mall.order["id"])

    def check():
        mall.pay_at_wechat(mall.order["id"])
        mall.deliver_notices()
        mall.let_time_pass()
        mall.check()
        assert [each.status for each in mall.orders] == [OrderStatus.PROCESSING]

    faults.every_death(prepare, act, check)


@pytest.mark.parametrize("begun", [True, False], ids=["payment begun", "no payment"])
def test_canceling(mall, begun):
    """The buyer cancels; we die anywhere. Canceled in the end, closed at the channel, stock back once."""

    def prepare():
        mall.open()
        mall.order = mall.place()
        mall.drain()
        if begun:
            mall.start_paying(mall.order["id"])

    def act():
        mall.buyer.post(f"/orders/{mall.order['id']}/cancel", json={}).ok()
        mall.drain()

    def check():
        mall.let_time_pass()
        mall.check()
        assert [each.status for each in mall.orders] == [OrderStatus.CANCELED]

    faults.every_death(prepare, act, check)


def test_closing_when_time_is_up(mall):
    """The deadline; we die anywhere between the sweep and the last reaction."""

    def prepare():
        mall.open()
        mall.order = mall.place()
        mall.drain()
        mall.start_paying(mall.order["id"])

    def act():
        mall.clock.move(minutes=31)
        mall._swept_before(mall.clock.at - timedelta(minutes=2))
        outbox.sweep()
        mall.drain()

    def check():
        mall.let_time_pass()
        mall.check()
        assert [each.status for each in mall.orders] == [OrderStatus.CANCELED]

    steps = faults.every_death(prepare, act, check)
    assert any(step.startswith("GET ") for step in steps)


def test_late_money_goes_back(mall):
    """Canceled here, and paid there in the same second: the whole amount goes back, once, wherever we die."""

    def prepare():
        mall.open()
        mall.order = mall.place()
        mall.drain()
        started = mall.start_paying(mall.order["id"])
        cancel(mall.orders[0])
        mall.partners.wechat_pay.pay(parameters=started["parameters"])

    def act():
        mall.deliver_notices()
        mall.drain()

    def check():
        mall.let_time_pass()
        mall.check()
        assert [each.status for each in mall.orders] == [OrderStatus.CANCELED]
        [trade] = mall.trades
        assert [each["amount"]["refund"] for each in trade["refunds"]] == [PAYABLE]

    steps = faults.every_death(prepare, act, check)
    assert any("/v3/refund/" in step for step in steps)
