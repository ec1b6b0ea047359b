"""The process dies at every step of the way: in the end the money is where it belongs, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.mall.inventory.models import Stock
from chalicelib.trade.orders.models import Order, OrderDay, OrderStatus
from chalicelib.trade.payments import service
from chalicelib.trade.payments.models import PaymentStatus
from chalicelib.trade.payments.refunds.models import RefundStatus
from infra.local.faults import every_death
from tests.harness import Cloud
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import cancel, now_of, payments, place, refunds
from tests.trade.payments.test_notices import post, trade_of

Do = Callable[..., Any]


class World:
    """One order, built anew for each death."""

    def __init__(self, till: Till, cloud: Cloud, drain: Do, sweep: Do) -> None:
        self.till, self.cloud, self.drain, self.sweep = till, cloud, drain, sweep
        self.order: Order
        self.trade: dict[str, Any] = {}

    def begin(self, *, paid: bool = False, canceled: bool = False) -> None:
        self.cloud.memory.clear()
        self.till.partners.reset()
        self.order = place()
        if paid:
            self.trade = trade_of(self.till, self.till.pay(self.order))
        if canceled:
            cancel(self.order)

    def tell(self) -> None:
        post(self.till, self.trade)

    def time_passes(self) -> None:
        """Sweeps, redeliveries, polls, and a notice that repeats itself."""
        self.sweep(redeliver=True)
        if self.trade:
            assert post(self.till, self.trade).status == 200
        self.sweep(minutes=12, redeliver=True)
        jobs.run("poll_refunds")
        self.drain(redeliver=True)
        self.till.deliver()
        self.sweep(redeliver=True)
        assert self.cloud.dead_letters() == []

    def counted(self, what: str) -> int:
        return sum(getattr(shard, what) or 0 for shard in OrderDay.query(self.order.day))

    def require_paid_once(self) -> None:
        order = now_of(self.order)
        assert (order.status, order.paid_amount) == (OrderStatus.PROCESSING, 9900)
        assert [each.status for each in payments(order)].count(PaymentStatus.SUCCEEDED) == 1
        assert refunds(order) == []
        assert self.counted("paid_count") == 1

    def require_canceled_once(self) -> None:
        assert now_of(self.order).status is OrderStatus.CANCELED
        stock = Stock.find("prd_1", "sku_1")
        assert stock is not None
        assert (stock.available, self.counted("canceled_count")) == (102, 1)


@pytest.fixture
def world(till: Till, cloud: Cloud, drain: Do, sweep: Do) -> World:
    return World(till, cloud, drain, sweep)


def test_while_the_buyer_begins_to_pay(world: World) -> None:
    def check() -> None:
        world.sweep(redeliver=True)
        world.till.pay(world.order)
        world.till.deliver()
        world.sweep(redeliver=True)
        assert len(world.till.partners.wechat_pay.trades()) == 1
        world.require_paid_once()

    steps = every_death(world.begin, lambda: world.till.start(world.order).ok(), check)
    assert [step.partition(" ")[2] for step in steps[:2]] == ["GetItem", "TransactWriteItems"]
    assert len(steps) == 4  # order, begin, channel, payment


def test_while_the_notice_is_heard(world: World) -> None:
    def check() -> None:
        world.time_passes()
        world.require_paid_once()

    steps = every_death(lambda: world.begin(paid=True), world.tell, check)
    assert [step.partition(" ")[2] for step in steps[:3]] == ["GetItem", "GetItem", "TransactWriteItems"]


def test_while_late_money_goes_back(world: World) -> None:
    def act() -> None:
        world.tell()
        world.drain()

    def check() -> None:
        world.time_passes()
        world.require_canceled_once()
        (payment,) = payments(world.order)
        assert (payment.status, payment.late) == (PaymentStatus.SUCCEEDED, True)
        (refund,) = refunds(world.order)
        assert refund.status is RefundStatus.SUCCEEDED
        assert [each["out_refund_no"] for each in world.till.trade(payment.id)["refunds"]] == [refund.id]

    every_death(lambda: world.begin(paid=True, canceled=True), act, check)


@pytest.mark.parametrize("paid", [False, True])
def test_while_an_order_is_settled_and_closed(world: World, paid: bool) -> None:
    def act() -> None:
        if not service.settle_or_close(world.order):
            cancel(world.order)

    def prepare() -> None:
        world.trade = {}
        world.begin(paid=paid)
        if not paid:
            world.till.start(world.order).ok()

    def check() -> None:
        if now_of(world.order).status is OrderStatus.PENDING_PAYMENT:
            act()  # the deadline's message comes again
        world.time_passes()
        if paid:
            world.require_paid_once()
        else:
            world.require_canceled_once()
            assert [each.state for each in world.till.partners.wechat_pay.trades()] == ["CLOSED"]

    every_death(prepare, act, check)
