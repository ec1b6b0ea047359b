"""Tasks about orders: counted once, by what stays of them; what went back before the claim does not count."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderPaid
from chalicelib.trade.orders.models import Order, OrderStatus
from tests.harness import Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.loyalty.points.factories import completed, posted, refund
from tests.loyalty.tasks.factories import edited, numbers_of, task
from tests.loyalty.tasks.test_center import claim, seen
from tests.trade import factories

Do = Callable[..., Any]


@pytest.fixture
def quilt(counter: Counter) -> Any:
    return factories.product(price=10_000, stock=99)


def buy(counter: Counter, quilt: Any, pieces: int = 1, key: str = "tap-00001") -> Any:
    return counter.order(factories.line(quilt, pieces), key=key)


def paid(counter: Counter, placed: Any) -> Order:
    stored = orders.load(counter.shopper.id, placed["id"], consistent=True)
    with Transaction() as tx:
        orders.pay(tx, stored, payment_id="pay_1", amount=stored.payable_amount)
    return orders.load(counter.shopper.id, placed["id"], consistent=True)


def received(counter: Counter, placed: Any) -> Order:
    order = paid(counter, placed)
    Order(member_id=order.member_id, id=order.id).update([Order.status.set(OrderStatus.PROCESSING)])
    return completed(placed)


class TestCounting:
    def test_when_it_is_completed_or_paid(self, counter: Counter, quilt: Any, drain: Do) -> None:
        task("orders_count", target=2, sort=1)
        task("orders_count", target=2, counts_at="paid", sort=2)
        placed = buy(counter, quilt)
        drain(twice=True)
        assert seen(counter) == [(0, "doing"), (0, "doing")]
        paid(counter, placed)
        drain(twice=True)
        assert seen(counter) == [(0, "doing"), (1, "doing")]
        completed(placed)
        drain(twice=True)
        assert seen(counter) == [(1, "doing"), (1, "doing")]
        received(counter, buy(counter, quilt, key="tap-00002"))
        drain(twice=True)
        assert seen(counter) == [(2, "finished"), (2, "finished")]

    def test_the_same_order_never_twice(self, counter: Counter, quilt: Any, drain: Do, cloud: Cloud) -> None:
        task("orders_count", target=5, counts_at="paid")
        order = paid(counter, buy(counter, quilt))
        for _ in range(2):
            with Transaction() as tx:
                tx.emit(OrderPaid(member_id=order.member_id, order_id=order.id))
        drain(redeliver=True)
        assert seen(counter) == [(1, "doing")]
        assert cloud.dead_letters() == [], "a second message has nothing to do"

    def test_the_goods_in_fen(self, counter: Counter, quilt: Any, drain: Do) -> None:
        task("amount_spent", target=50_000)
        received(counter, buy(counter, quilt, 2))
        drain(twice=True)
        assert seen(counter) == [(20_000, "doing")]

    def test_the_first_order_only(self, counter: Counter, quilt: Any, drain: Do, frozen: MovableClock) -> None:
        received(counter, buy(counter, quilt))
        drain()
        task("first_order")
        frozen.move(hours=1)
        received(counter, buy(counter, quilt, key="tap-00002"))
        drain(twice=True)
        assert seen(counter) == [(0, "doing")]

    def test_the_first_order(self, counter: Counter, quilt: Any, drain: Do, frozen: MovableClock) -> None:
        stored = task("first_order")
        placed = buy(counter, quilt)
        paid(counter, placed)
        drain()
        frozen.move(hours=3)
        completed(placed)
        drain(twice=True)
        assert seen(counter) == [(1, "finished")]
        claim(counter, stored).ok()
        assert posted(counter.shopper.id, "task", f"{stored.id}/once") == 20


class TestRefunds:
    def test_before_the_claim_it_is_open_again(self, counter: Counter, quilt: Any, drain: Do, cloud: Cloud) -> None:
        stored = task("orders_count")
        order = received(counter, buy(counter, quilt, 2))
        drain()
        refund(order, {0: 1}, "r1")
        drain(twice=True)
        assert seen(counter) == [(1, "finished")], "a piece stays"
        refund(order, {0: 1}, "r2")
        drain(twice=True)
        assert seen(counter) == [(0, "doing")]
        assert numbers_of(stored) == (0, 0)
        with cloud.unchanged():
            assert claim(counter, stored).code == "task_not_finished"
        received(counter, buy(counter, quilt, key="tap-00002"))
        drain(twice=True)
        assert seen(counter) == [(1, "finished")]
        assert numbers_of(stored) == (1, 0)

    def test_after_the_claim_the_reward_stays(self, counter: Counter, quilt: Any, drain: Do) -> None:
        stored = task("orders_count")
        order = received(counter, buy(counter, quilt))
        drain()
        claim(counter, stored).ok()
        refund(order, {0: 1}, "r1")
        drain(twice=True)
        assert seen(counter) == [(1, "claimed")]
        assert posted(counter.shopper.id, "task", f"{stored.id}/once") == 20
        received(counter, buy(counter, quilt, key="tap-00002"))
        drain(twice=True)
        assert claim(counter, stored).ok()["state"] == "claimed"
        assert numbers_of(stored) == (1, 1)

    def test_what_went_back_before_it_was_completed(self, counter: Counter, quilt: Any, drain: Do) -> None:
        task("amount_spent", target=50_000, sort=1)
        task("orders_count", sort=2)
        placed = buy(counter, quilt, 3)
        order = paid(counter, placed)
        refund(order, {0: 1}, "r1")
        completed(placed)
        drain(twice=True)
        assert seen(counter) == [(20_000, "doing"), (1, "finished")]
        refund(order, {0: 2}, "r2")
        drain(twice=True)
        assert seen(counter) == [(0, "doing"), (0, "doing")]

    def test_any_sequence_counts_what_stays(self, counter: Counter, quilt: Any, drain: Do) -> None:
        task("amount_spent", target=10_000_000, counts_at="paid")
        dice = random.Random(3)
        placed = [paid(counter, buy(counter, quilt, 3, f"tap-0000{n}")) for n in range(3)]
        left = {order.id: 3 for order in placed}
        for number in range(6):
            order = dice.choice([each for each in placed if left[each.id]])
            refund(order, {0: 1}, f"r{number}")
            left[order.id] -= 1
            if number % 2:
                drain(twice=True)
                assert seen(counter) == [(10_000 * sum(left.values()), "doing")]

    def test_a_raised_target_does_not_take_what_was_finished(self, counter: Counter, quilt: Any, drain: Do) -> None:
        stored = task("orders_count", target=1)
        orders_ = [received(counter, buy(counter, quilt, key=f"tap-0000{n}")) for n in range(2)]
        drain()
        edited(stored, target=9)
        refund(orders_[0], {0: 1}, "r1")
        drain(twice=True)
        assert seen(counter) == [(9, "finished")]
        refund(orders_[1], {0: 1}, "r2")
        drain(twice=True)
        assert seen(counter) == [(0, "doing")]
