"""The process dies at every step of the way: in the end each fen is where it belongs, once, and no piece is lost."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.trade.after_sales.models import Status
from chalicelib.trade.orders.models import Order, OrderStatus
from infra.local.faults import every_death
from tests.trade.after_sales.factories import Counter, book, payment, pieces_of, refunded, waybill
from tests.trade.payments.factories import now_of


class World:
    """One order of three pieces, built anew for each death."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.order: Order
        self.sale: Any = None

    def begin(self, *, asked: bool = False, back: str | None = None) -> None:
        counter = self.counter
        counter.begin_anew()
        self.order = counter.order((2_000, 3))
        if asked:
            self.sale = counter.apply(self.order, (0, 1))
        if back:
            counter.ship(self.order).ok()
            self.sale = counter.returned(self.order, (0, 1), kind=back)
            counter.drain()

    def time_passes(self) -> None:
        """Sweeps, redeliveries, notices."""
        counter = self.counter
        counter.wait(minutes=15)
        counter.drain(redeliver=True)
        counter.settle()
        assert counter.cloud.dead_letters() == []

    def require_refunded_once(self, *, available: int = 8) -> None:
        counter, order = self.counter, now_of(self.order)
        assert refunded(order) == counter.back_by_wechat() == payment(order).refunded_amount == 2_000
        assert (order.refunded_units, order.refunded_goods_amount, book(order)) == ({"0": 1}, 2_000, {})
        assert counter.available() == available


@pytest.fixture
def world(counter: Counter) -> World:
    return World(counter)


def test_while_it_is_asked_for(world: World) -> None:
    def ask() -> None:
        world.counter.apply(world.order, (0, 1), key="the-same-tap")

    def check() -> None:
        ask()  # the phone repeats
        world.counter.drain(redeliver=True)
        assert (book(world.order), pieces_of(world.order)) == ({"0": 1}, [(0, 1, 0)])
        assert len(world.counter.cloud.items("after_sales")) == 1

    every_death(world.begin, ask, check)


def test_while_it_is_agreed_to(world: World) -> None:
    def agree() -> None:
        world.counter.agree(world.sale)

    def check() -> None:
        if world.counter.status(world.sale) is Status.REQUESTED:
            agree()  # staff press again
        world.time_passes()
        assert world.counter.status(world.sale) is Status.REFUNDED
        world.require_refunded_once()
        assert pieces_of(world.order) == [(0, 0, 1)]

    every_death(lambda: world.begin(asked=True), agree, check)


def test_while_the_goods_come_back_and_are_looked_at(world: World) -> None:
    def go_on() -> None:
        """From where it is."""
        if world.counter.status(world.sale) is Status.SENT:
            world.counter.decide(world.sale, "receive").ok()
        if world.counter.status(world.sale) is Status.RECEIVED:
            world.counter.decide(world.sale, "inspect").ok()

    def check() -> None:
        go_on()
        world.time_passes()
        assert world.counter.status(world.sale) is Status.REFUNDED
        world.require_refunded_once()

    every_death(lambda: world.begin(back="return_and_refund"), go_on, check)


def test_while_it_is_exchanged(world: World) -> None:
    def go_on() -> None:
        if world.counter.status(world.sale) is Status.SENT:
            world.counter.decide(world.sale, "inspect").ok()
        if world.counter.status(world.sale) is Status.REPLACING:
            world.counter.decide(world.sale, "replacement", **waybill(99)).ok()

    def check() -> None:
        go_on()
        world.time_passes()
        assert world.counter.status(world.sale) is Status.REPLACED
        # One is on its way to the buyer for the one that came back as good as new.
        assert (world.counter.available(), book(world.order), refunded(world.order)) == (7, {}, 0)
        assert (
            len([each for each in world.counter.cloud.items("parcels") if each["order_id"]["S"] != world.order.id]) == 2
        )

    every_death(lambda: world.begin(back="exchange"), go_on, check)


def test_while_staff_refund_all_of_it(world: World) -> None:
    def refund() -> None:
        world.counter.refund(world.order, (0, 3), key="staff-tap-1").ok()

    def check() -> None:
        refund()
        world.time_passes()
        order = now_of(world.order)
        assert (order.status, refunded(order)) == (OrderStatus.CANCELED, order.payable_amount)
        assert (world.counter.available(), pieces_of(order)) == (10, [(0, 0, 3)])

    every_death(world.begin, refund, check)
