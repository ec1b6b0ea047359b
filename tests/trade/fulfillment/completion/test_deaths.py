"""The process dies at every step of completing: in the end the order is completed, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.gateways.wechat import client
from chalicelib.trade.orders.models import OrderStatus
from infra.local.faults import every_death
from tests.harness import Cloud
from tests.trade.fulfillment.completion.test_buyer import completed_of, say
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.fulfillment.reporting.factories import arrive, hear, pushes, send, status_of
from tests.trade.fulfillment.reporting.test_deaths import World
from tests.trade.payments.factories import now_of

DAY = 24 * 60


@pytest.fixture
def world(desk: Desk, cloud: Cloud) -> World:
    return World(desk, cloud)


def completes(world: World) -> None:
    world.time_passes()
    assert (status_of(world.order), completed_of(world.order)) == (OrderStatus.COMPLETED, 1)


def test_while_the_buyer_confirms(world: World) -> None:
    def prepare() -> None:
        world.begin()
        send(world.order, "7300000001")
        world.desk.drain()

    def check() -> None:
        say(world.desk, world.order, "confirm-receipt").ok()  # the buyer taps again
        completes(world)

    every_death(prepare, lambda: say(world.desk, world.order, "confirm-receipt").ok(), check)


def test_while_the_buyer_asks_for_time(world: World) -> None:
    def prepare() -> None:
        world.begin()
        send(world.order, "7300000001")
        world.desk.drain()

    def check() -> None:
        again = say(world.desk, world.order, "extend-receipt")
        assert again.status == 200 or again.code == "receipt_already_extended"
        order = now_of(world.order)
        assert order.complete_by
        assert order.shipped_at
        assert order.complete_by - order.shipped_at == timedelta(days=17)

    every_death(prepare, lambda: say(world.desk, world.order, "extend-receipt").ok(), check)


def test_while_time_completes_it(world: World) -> None:
    def prepare() -> None:
        world.begin()
        (parcel,) = send(world.order, "7300000001")
        world.desk.drain()
        arrive(parcel)
        world.desk.drain()
        at = now_of(world.order).complete_by
        assert at
        world.desk.clock.set(at)
        world.desk.send_due()

    every_death(prepare, lambda: world.react("complete_by_time"), lambda: completes(world))


def test_while_wechat_is_asked(world: World) -> None:
    def prepare() -> None:
        world.begin()
        client.access_token.forget()
        send(world.order, "7300000001")
        world.desk.sweep(minutes=6)
        world.desk.till.partners.wechat.shipping.confirm_receipt(f"{world.order.number}01")
        hear(*pushes(world.desk.till)[1:])

    every_death(prepare, lambda: world.react("ask_wechat"), lambda: completes(world))
