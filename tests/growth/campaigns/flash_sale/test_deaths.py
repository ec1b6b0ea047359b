"""The process dies at every step of ticket, order and return; in the end nothing is lost and nothing is there twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import inbox, jobs
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.flash_sale.events import LapseTicket
from infra.local.faults import every_death
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.flash_sale.factories import Buyer, Sale, forget, free, open_sale, require_sound
from tests.harness import START, Client, Cloud, MovableClock

Do = Callable[..., Any]


class World:
    """One sale of three pieces and one buyer, built anew for every death."""

    def __init__(self, http: Client, cloud: Cloud, frozen: MovableClock, drain: Do) -> None:
        self.http, self.cloud, self.frozen, self.drain = http, cloud, frozen, drain
        self.sale: Sale
        self.ann: Buyer
        self.order: Any

    def begin(self, until: str) -> None:
        self.cloud.memory.clear()
        forget()
        self.frozen.set(START)
        self.sale = open_sale(Booth(self.http), 3)
        self.ann = self.sale.buyer("ann")
        if until in ("ticket", "order"):
            self.ann.tap().ok()
        if until == "order":
            self.order = self.ann.buy().ok()
        self.drain()

    def react(self, *, mine: bool) -> None:
        """The play's own reactions that wait, or the others. Their messages stay: a dead consumer deletes none."""
        for body in self.cloud.memory.bodies(self.cloud.prefix + "reactions"):
            if json.loads(body)["subscriber"].startswith("growth.campaigns.flash_sale.") == mine:
                inbox.react(body, first=False)

    def heal(self, sweep: Do) -> None:
        """Another process goes on: queues, the job, sweeps; longer than a ticket lasts."""
        forget()
        jobs.run("mend_flash_sales")
        sweep(minutes=6, redeliver=True)
        assert self.cloud.dead_letters() == []
        require_sound(self.sale, 10)


@pytest.fixture
def world(http: Client, cloud: Cloud, frozen: MovableClock, drain: Do) -> World:
    return World(http, cloud, frozen, drain)


@pytest.mark.parametrize("then", ["gives up", "taps again"])
def test_getting_a_ticket(world: World, sweep: Do, then: str) -> None:
    def check() -> None:
        if then == "taps again":
            forget()
            world.ann.tap().ok()
            assert world.ann.buy().ok()["payable_amount"] == 9_900
        world.heal(sweep)
        assert free(world.sale) == (2 if then == "taps again" else 3)

    steps = every_death(lambda: world.begin("sale"), lambda: world.ann.tap(), check)
    assert sum("UpdateItem" in each or "TransactWriteItems" in each for each in steps) == 2


def test_ordering(world: World, sweep: Do) -> None:
    def check() -> None:
        # The client asks again with the same key: the order that was made, or now.
        assert world.ann.buy(9_900).ok()["payable_amount"] == 9_900
        world.heal(sweep)
        assert (free(world.sale), world.sale.tickets()) == (2, {"spent": 1})

    every_death(lambda: world.begin("ticket"), lambda: world.ann.buy(9_900), check)


def test_returning_the_piece_of_a_canceled_order(world: World, sweep: Do) -> None:
    def prepare() -> None:
        world.begin("order")
        world.ann.cancel(world.order)
        world.react(mine=False)

    def act() -> None:
        for _ in range(2):  # the ticket, then the piece
            world.react(mine=True)

    def check() -> None:
        world.heal(sweep)
        assert (free(world.sale), world.sale.tickets()) == (3, {"returned": 1})

    steps = every_death(prepare, act, check)
    assert sum("UpdateItem" in each for each in steps) == 1


def test_returning_what_was_not_bought(world: World, sweep: Do) -> None:
    def prepare() -> None:
        world.begin("ticket")
        world.frozen.move(minutes=6)
        named = {"member_id": world.ann.shopper.id, "lot_id": world.sale.lot_id}
        with Transaction() as tx:
            tx.emit(LapseTicket(**named, serial=1))

    def act() -> None:
        for _ in range(2):
            world.react(mine=True)

    def check() -> None:
        world.heal(sweep)
        assert (free(world.sale), world.sale.tickets()) == (3, {"returned": 1})

    every_death(prepare, act, check)
