"""The process dies at every step: nobody is told twice, no agreement is lost or used twice."""

from __future__ import annotations

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.models import MessageQuota
from chalicelib.growth.notifications.templates import service as templates
from chalicelib.growth.notifications.templates.schemas import SetTemplate
from chalicelib.trade.fulfillment.completion.events import ReceiptDue
from infra.local.faults import every_death
from infra.local.partners.wechat.pushes import PushState
from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import Buyer, buyer, messages_of, order_of, quota

pytestmark = pytest.mark.usefixtures("_app")
KIND = "receipt_due"


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
        self.person, template_id = buyer(), self.shop.template(KIND)
        templates.set_template(KIND, SetTemplate(template_id=template_id), "stf_1")
        MessageQuota(member_id=self.person.id, template_id=template_id, left=2, accepted=2, version=2).save()
        self.shop.partners.wechat.messages.ask(self.person.openid, {template_id: "accept"})
        self.shop.partners.wechat.state.pushes = PushState()  # what it tells of is in the counter
        order = order_of(self.person)
        with Transaction() as tx:  # an event that nobody else hears: each step is one of ours
            tx.emit(ReceiptDue(member_id=order.member_id, order_id=order.id, complete_by=order.pay_by))

    def time_passes(self) -> None:
        self.shop.sweep(redeliver=True)
        assert self.shop.cloud.dead_letters() == []

    def left(self) -> int:
        return quota(self.person, self.shop.template(KIND))


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
        assert sum(world.shop.counted(KIND).values()) == 1

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
        assert sum(world.shop.counted(KIND).values()) == 1

    every_death(prepare, world.shop.drain, check)


def test_while_an_acceptance_is_heard(world: World) -> None:
    def prepare() -> None:
        world.begin()
        world.shop.drain()
        world.shop.clock.move(seconds=1)
        world.shop.partners.wechat.messages.ask(world.person.openid, {world.shop.template(KIND): "accept"})

    def hear() -> None:
        world.shop.partners.wechat.pushes.deliver_due()

    def check() -> None:
        office = world.shop.partners.wechat.pushes
        office.resume()  # WeChat repeats what was not answered
        office.deliver_due()
        assert world.left() == 2

    every_death(prepare, hear, check)
