"""The process dies at every step: nobody is told twice, no agreement is lost or used twice."""

from __future__ import annotations

import pytest

from infra.local.faults import every_death
from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import Buyer, buyer, messages_of, order_of, pay, quota

pytestmark = pytest.mark.usefixtures("_app")


class World:
    """One buyer who agreed twice, and their paid order; built anew for each death."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.person: Buyer

    def begin(self) -> None:
        from chalicelib.gateways.wechat import client

        self.shop.cloud.memory.clear()
        self.shop.partners.reset()
        client.access_token.forget()
        self.shop.tell("order_paid")
        self.person = buyer()
        for _ in range(2):
            self.shop.agree(self.person, "order_paid")
        pay(order_of(self.person))

    def time_passes(self) -> None:
        self.shop.sweep(redeliver=True)
        self.shop.sweep(minutes=70, redeliver=True)
        assert self.shop.cloud.dead_letters() == []

    def left(self) -> int:
        return quota(self.person, self.shop.template("order_paid"))


@pytest.fixture
def world(shop: Shop) -> World:
    return World(shop)


def test_while_it_is_told(world: World) -> None:
    ends = set()

    def check() -> None:
        world.time_passes()
        (message,) = messages_of(world.person)
        ends.add(message.status.value)
        shown = len(world.shop.shown(world.person))
        assert shown <= 1
        assert message.status in ("sent", "uncertain")
        assert message.status == "uncertain" or shown == 1
        assert world.left() == 1
        assert sum(world.shop.counted("order_paid").values()) == 1

    steps = every_death(world.begin, world.shop.drain, check)
    assert ends == {"sent", "uncertain"}
    assert any("subscribe/send" in step for step in steps)


@pytest.mark.parametrize("errcode", [43101, 47003])
def test_while_a_refusal_is_written_down(world: World, errcode: int) -> None:
    def prepare() -> None:
        world.begin()
        refusal = {"errcode": errcode, "errmsg": "no rid: 1"}
        world.shop.partners.faults.api("subscribe_send", "answer", times=9, status=200, document=refusal)

    def check() -> None:
        world.time_passes()
        (message,) = messages_of(world.person)
        ends = {43101: ("refused", 0), 47003: ("failed", 2)}
        assert (message.status, world.left()) in (ends[errcode], ("uncertain", 1))
        assert sum(world.shop.counted("order_paid").values()) == 1

    every_death(prepare, world.shop.drain, check)


def test_while_an_acceptance_is_heard(world: World) -> None:
    def prepare() -> None:
        world.begin()
        world.shop.drain()
        world.shop.partners.wechat.messages.ask(world.person.openid, {world.shop.template("order_paid"): "accept"})

    def hear() -> None:
        world.shop.partners.wechat.pushes.deliver_due()

    def check() -> None:
        for each in world.shop.partners.wechat.state.pushes.pushes.values():
            if each.last:
                world.shop.partners.wechat.pushes.replay(each.id)  # WeChat repeats what was not answered
        assert world.left() == 2

    every_death(prepare, hear, check)
