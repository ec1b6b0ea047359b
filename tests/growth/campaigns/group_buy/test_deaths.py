"""The process dies at every step: in the end seats, orders and money say the same, once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.core.errors import DomainError
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.group_buy.deciding.service import decide
from chalicelib.growth.campaigns.group_buy.events import SettleSeat
from chalicelib.growth.campaigns.group_buy.models import Group, Seat
from chalicelib.growth.campaigns.group_buy.seats import service as seats
from chalicelib.growth.campaigns.group_buy.settling.service import settle
from chalicelib.mall.inventory.models import Stock, StockEntry
from chalicelib.trade.orders.events import OrderPaid
from chalicelib.trade.orders.models import Order
from infra.local.faults import every_death
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.group_buy import rows
from tests.growth.campaigns.group_buy.factories import PRICE, TOGETHER, Friends, require_sound, run
from tests.growth.campaigns.group_buy.rows import FINAL, PAID, End, end_of
from tests.harness import START, Cloud, MovableClock
from tests.trade import factories
from tests.trade.payments.factories import now_of

Do = Callable[..., Any]


class World:
    """A group of rows, built anew for each death."""

    def __init__(self, cloud: Cloud, frozen: MovableClock, sweep: Do) -> None:
        self.cloud, self.frozen, self.sweep = cloud, frozen, sweep
        self.group: Group
        self.orders: list[Order] = []

    def begin(self, *, paid: int = 2, unpaid: int = 0, over: bool = False, **settings: Any) -> None:
        self.cloud.memory.clear()
        self.frozen.set(START)
        self.group = rows.group(rows.campaign(**settings), taken=paid + unpaid, paid=paid)
        self.orders = [rows.member(number, self.group, paid=number < paid) for number in range(paid + unpaid)]
        if over:
            self.frozen.move(minutes=61)

    def decide_and_settle(self) -> None:
        decide(self.group.id)
        for order in self.orders:
            with Transaction() as tx:
                settle(tx, SettleSeat(group_id=self.group.id, member_id=order.member_id))

    def time_passes(self) -> None:
        self.sweep(redeliver=True)
        jobs.run("close_groups")
        self.sweep(redeliver=True)
        assert self.cloud.dead_letters() == []

    def ends(self) -> set[End]:
        return {end_of(order) for order in self.orders}

    def status(self) -> str:
        found = Group.find(self.group.id, consistent=True)
        assert found is not None
        return found.status.value

    def require_stock_once(self, pieces: int) -> None:
        stock = Stock.find("prd_1", "sku_1", consistent=True)
        assert stock is not None
        assert stock.available == 100 + pieces
        assert sum(each.delta for each in StockEntry.query("prd_1/sku_1", consistent_read=True)) == pieces


@pytest.fixture
def world(cloud: Cloud, frozen: MovableClock, partners: Any, sweep: Do) -> World:
    return World(cloud, frozen, sweep)


def test_while_a_group_fails(world: World) -> None:
    def check() -> None:
        world.time_passes()
        assert (world.status(), world.ends()) == ("failed", {End("canceled", PAID, PAID)})
        world.require_stock_once(2)
        assert {seat.status for seat in Seat.query("grp_1", consistent_read=True)} == {"freed"}

    steps = every_death(lambda: world.begin(paid=1, over=True), world.decide_and_settle, check)
    assert sum("TransactWriteItems" in step for step in steps) == 2


def test_while_a_group_completes_and_gives_back(world: World) -> None:
    def check() -> None:
        world.time_passes()
        assert (world.status(), world.ends()) == ("complete", {End("processing", FINAL, PAID - FINAL)})
        world.require_stock_once(0)

    rules = {"virtual_from": 1, "leader_rebate_amount": PAID - FINAL}
    steps = every_death(lambda: world.begin(paid=1, over=True, **rules), world.decide_and_settle, check)
    assert sum("TransactWriteItems" in step for step in steps) == 2


def test_while_an_unpaid_order_of_a_failed_group_is_closed(world: World) -> None:
    def check() -> None:
        world.time_passes()
        assert (world.status(), world.ends()) == ("failed", {End("canceled", PAID, 0)})
        world.require_stock_once(2)

    every_death(lambda: world.begin(sizes=[3], paid=0, unpaid=1, over=True), world.decide_and_settle, check)


def test_while_the_last_seat_is_paid(world: World) -> None:
    def prepare() -> None:
        world.begin(paid=1, unpaid=1)
        late = now_of(world.orders[1])
        rows.pay(late)
        late.save()
        with Transaction() as tx:
            tx.emit(OrderPaid(member_id=late.member_id, order_id=late.id))

    def check() -> None:
        world.time_passes()
        assert (world.status(), world.ends()) == ("complete", {End("processing", PAID, 0)})

    every_death(prepare, lambda: seats.paid(now_of(world.orders[1])), check)


def test_while_a_member_leaves(world: World) -> None:
    def act() -> None:
        with suppress(DomainError):
            seats.leave("mem_0", "grp_1")

    def check() -> None:
        act()  # the member taps again
        world.time_passes()
        assert (world.status(), world.ends()) == ("failed", {End("canceled", PAID, PAID)})
        world.require_stock_once(2)

    every_death(lambda: world.begin(paid=1), act, check)


def test_while_somebody_joins(friends: Friends, booth: Booth, frozen: MovableClock, cloud: Cloud) -> None:
    world: dict[str, Any] = {}

    def prepare() -> None:
        cloud.memory.clear()
        friends.partners.reset()
        friends.known.clear()
        booth.logged_in_at = None
        frozen.set(START)
        world["quilt"] = factories.product(price=PRICE)
        world["campaign"] = run(booth, world["quilt"], sizes=[2], groups_max=1)
        world["group"] = friends.start("an", world["quilt"])
        friends.named("bo")

    def act() -> Any:
        line = factories.line(world["quilt"])
        return friends.named("bo").try_order(line, key="tap-death", payable=TOGETHER, group_buy=world["group"])

    def check() -> None:
        # The phone asks again with the same key: one order, one seat.
        order = act().ok()
        assert act().ok()["id"] == order["id"]
        require_sound(world["campaign"], world["quilt"], 10)
        frozen.move(minutes=1)
        friends.pay("bo", order)
        found = Group.find(world["group"], consistent=True)
        assert found is not None
        assert (found.status, found.paid) == ("complete", 2)
        require_sound(world["campaign"], world["quilt"], 10)

    steps = every_death(prepare, act, check)
    assert sum("TransactWriteItems" in step for step in steps) == 1
