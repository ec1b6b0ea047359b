"""After-sales bring a piece back: while the session runs it is on sale in it again; once, and only when it is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import inbox, jobs
from chalicelib.growth.campaigns.base.subscribers import COMES_BACK
from chalicelib.growth.campaigns.flash_sale.models import Counter as LotCounter
from infra.local.faults import every_death
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth, had
from tests.growth.campaigns.flash_sale.factories import Buyer, forget, free, in_stock, open_sale, require_sound
from tests.harness import START, Client, Cloud, MovableClock
from tests.trade import factories
from tests.trade.after_sales.factories import Counter

Do = Callable[..., Any]
PRICE, WHOLE = 9_900, 10
STOCK, CAMPAIGNS, MINE = "return_refunded_stock", "growth.campaigns.base.", "growth.campaigns.flash_sale."


class World:
    """A flash sale of which Ann bought and paid a piece; built anew when asked."""

    def __init__(self, http: Client, cloud: Cloud, frozen: MovableClock, partners: Partners, drain: Do) -> None:
        self.cloud, self.clock, self.http = cloud, frozen, http
        self.shop = Counter(http, cloud, frozen, partners, drain)

    def begin(self, pieces: int = 1, **more: Any) -> None:
        self.shop.begin_anew()
        forget()
        self.clock.set(START)
        self.sale = open_sale(Booth(self.http), pieces, **more)
        self.ann = Buyer(self.http, self.shop.shopper, self.sale)
        self.ann.tap().ok()
        self.order = self.shop.pay(self.ann.buy().ok()["id"])

    def bring_back(self, key: str = "refund-0001") -> None:
        """Staff refund what never left; its messages wait."""
        self.shop.refund(self.order, (0, 1), key=key).ok()

    def react(self, *names: str, without: str = "") -> None:
        """Those reactions that wait whose names contain one of *names*. Their messages stay: a dead consumer deletes
        none."""
        for body in self.cloud.memory.bodies(self.cloud.prefix + "reactions"):
            subscriber = json.loads(body)["subscriber"]
            if any(each in subscriber for each in names) and (not without or without not in subscriber):
                inbox.react(body, first=False)


@pytest.fixture
def world(http: Client, cloud: Cloud, frozen: MovableClock, partners: Partners, drain: Do) -> World:
    world = World(http, cloud, frozen, partners, drain)
    world.begin()
    return world


def test_on_sale_again_at_once(world: World, sweep: Do, drain: Do) -> None:
    bob, cat = world.sale.buyer("bob"), world.sale.buyer("cat")
    assert bob.tap().code == "flash_sale_sold_out"
    world.bring_back()
    world.shop.settle()
    drain(twice=True)
    forget()
    assert (free(world.sale), in_stock(world.sale), world.sale.tickets()) == (1, 1, {"returned": 1})
    require_sound(world.sale, WHOLE)
    bob.tap().ok()
    assert cat.tap().code == "flash_sale_sold_out"
    assert bob.buy().ok()["payable_amount"] == PRICE
    sweep(minutes=6, redeliver=True)
    require_sound(world.sale, WHOLE)


def test_who_gave_it_back_may_try_again(world: World, sweep: Do) -> None:
    """What counts is what she can still have; her tries are counted on."""
    world.begin(per_member_max=1)
    assert world.ann.tap().code == "flash_sale_already_bought"
    world.bring_back()
    world.shop.settle()
    assert had(world.ann.shopper.id, world.sale.campaign) == {}
    forget()
    world.ann.tap().ok()
    again = world.shop.pay(world.ann.buy(key="tap-00002").ok()["id"])
    require_sound(world.sale, WHOLE)
    world.shop.refund(again, (0, 1), key="refund-0002").ok()
    world.shop.settle()
    sweep(minutes=6)
    forget()
    assert (world.ann.tap().code, free(world.sale)) == ("flash_sale_tries_used", 1)
    require_sound(world.sale, WHOLE)


def test_nobody_is_let_in_before_it_is_there(world: World, sweep: Do, drain: Do) -> None:
    """The stock lags behind: the counter waits for it."""
    world.bring_back()
    for _ in range(3):
        world.react(CAMPAIGNS, MINE, without=STOCK)
    forget()
    assert (world.sale.tickets(), in_stock(world.sale), free(world.sale)) == ({"returned": 1}, 0, 0)
    assert world.sale.buyer("bob").tap().code == "flash_sale_sold_out"
    sweep(minutes=2)
    forget()
    assert (in_stock(world.sale), free(world.sale)) == (1, 1)
    require_sound(world.sale, WHOLE)


def test_sent_received_and_inspected(world: World) -> None:
    world.shop.ship(world.order).ok()
    back = world.shop.returned(world.order, (0, 1))
    assert free(world.sale) == 0
    world.shop.decide(back, "inspect").ok()
    world.shop.settle()
    assert (in_stock(world.sale), free(world.sale), world.sale.tickets()) == (1, 1, {"returned": 1})
    require_sound(world.sale, WHOLE)


def test_money_for_a_piece_that_is_kept_brings_nothing_back(world: World) -> None:
    world.shop.ship(world.order).ok()
    world.shop.agree(world.shop.apply(world.order, (0, 1)))
    world.shop.settle()
    assert (in_stock(world.sale), free(world.sale), world.sale.tickets()) == (0, 0, {"spent": 1})


def test_exchanged(world: World, sweep: Do) -> None:
    """The piece that came back is on sale, the one that took its place came from the product; she has had her turn.
    When that one comes back, too, nothing is let in for it twice."""
    world.shop.ship(world.order).ok()
    changed = world.shop.returned(world.order, (0, 1), kind="exchange")
    world.shop.decide(changed, "inspect").ok()
    world.shop.settle()
    forget()
    assert (in_stock(world.sale), free(world.sale), world.sale.tickets()) == (1, 1, {"spent": 1})
    assert world.ann.tap().code == "flash_sale_already_bought"
    assert jobs.run("mend_flash_sales") == {"found": 0}
    require_sound(world.sale, WHOLE)
    sent = {"carrier": "sf", "tracking_number": "SF0000000009999"}
    world.shop.decide(changed, "replacement", **sent).ok()
    second = world.shop.returned(world.order, (0, 1))
    world.shop.decide(second, "inspect").ok()
    world.shop.settle()
    sweep(minutes=6)
    assert (in_stock(world.sale), free(world.sale)) == (2, 1)  # one is held back until the campaign's end
    assert factories.available(world.sale.product) == WHOLE - 2
    world.sale.booth.step(world.sale.campaign, "stop")
    sweep(minutes=3)
    assert factories.available(world.sale.product) == WHOLE


def test_an_exchange_that_ends_in_a_refund(world: World, sweep: Do) -> None:
    """Nothing took the piece's place: the ticket is void, and its piece was freed before, once."""
    world.shop.ship(world.order).ok()
    changed = world.shop.returned(world.order, (0, 1), kind="exchange")
    world.shop.decide(changed, "inspect").ok()
    world.shop.settle()
    world.shop.decide(changed, "refund-instead", reason="仓库找不到").ok()
    world.shop.settle()
    sweep(minutes=6)
    forget()
    assert (in_stock(world.sale), free(world.sale), world.sale.tickets()) == (1, 1, {"returned": 1})
    world.ann.tap().ok()
    require_sound(world.sale, WHOLE)


@pytest.mark.parametrize("stop_first", [True, False])
def test_beside_a_stop(world: World, sweep: Do, drain: Do, stop_first: bool) -> None:
    """The campaign is stopped between two of the reactions: the piece goes on to the product, from wherever it is."""
    world.begin(2)
    world.bring_back()
    names = (STOCK,) if stop_first else (STOCK, CAMPAIGNS, MINE)
    for _ in range(3):
        world.react(*names)
    world.sale.booth.step(world.sale.campaign, "stop")
    drain(redeliver=True)
    sweep(minutes=5, redeliver=True)
    assert (in_stock(world.sale), factories.available(world.sale.product)) == (0, WHOLE)
    assert world.cloud.dead_letters() == []


def test_after_the_end_it_goes_on_to_the_product(world: World, sweep: Do) -> None:
    world.begin(2, ends_at="2026-11-24T12:00:00+08:00")
    sweep(minutes=125)
    assert (in_stock(world.sale), factories.available(world.sale.product)) == (0, WHOLE - 1)
    world.bring_back()
    world.shop.settle()
    sweep(minutes=2 * COMES_BACK.total_seconds() / 60)
    assert (in_stock(world.sale), factories.available(world.sale.product)) == (0, WHOLE)
    assert LotCounter.count() <= 2


def test_beside_the_sweep_and_with_the_process_dying_at_every_step(world: World, sweep: Do) -> None:
    def prepare() -> None:
        world.begin()
        world.bring_back()

    def act() -> None:
        world.react(STOCK)
        for _ in range(3):  # the base hears of it, the ticket, the piece
            world.react(CAMPAIGNS, MINE)
        jobs.run("mend_flash_sales")

    def check() -> None:
        forget()
        jobs.run("mend_flash_sales")
        sweep(minutes=6, redeliver=True)
        assert world.cloud.dead_letters() == []
        assert (in_stock(world.sale), free(world.sale), world.sale.tickets()) == (1, 1, {"returned": 1})
        require_sound(world.sale, WHOLE)

    steps = every_death(prepare, act, check)
    assert sum("UpdateItem" in each for each in steps) == 1
