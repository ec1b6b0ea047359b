"""The process dies at every step of telling: in the end WeChat knows the truth, and no chance was wasted."""

from __future__ import annotations

import json

import pytest

from chalicelib.core import inbox, outbox
from chalicelib.gateways.wechat import client
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.reporting.models import ReportStatus
from chalicelib.trade.orders.models import Order
from infra.local.faults import every_death
from tests.harness import Cloud
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.fulfillment.reporting.factories import arrive, correct, hear, paid, pushes, send


class World:
    """One order, built anew for each death."""

    def __init__(self, desk: Desk, cloud: Cloud) -> None:
        self.desk, self.cloud = desk, cloud
        self.order: Order

    def begin(self) -> None:
        self.cloud.memory.clear()
        self.desk.till.partners.reset()
        client.access_token.forget()
        carriers.forget()
        self.order = paid(self.desk.till)
        self.cloud.memory.clear_queues()  # what follows from paying is told elsewhere

    def wait(self) -> None:
        """What was done is delivered; then time passes to the last deadline, and what became due lies in the queue."""
        self.desk.drain()
        self.desk.clock.set(max(each.due_at for each in outbox.OutboxItem.scan() if each.kind == "TellWechat"))
        self.desk.send_due()

    def react(self, only: str = "") -> None:
        """The function takes what lies in the queue (for one subscriber); should it die, the queue still has it."""
        for message in self.cloud.messages("fulfillment"):
            if message["subscriber"].endswith(only):
                inbox.react(json.dumps(message))

    def time_passes(self) -> None:
        self.desk.clock.move(minutes=6)  # as long as the queue keeps a message that a dead process took
        self.desk.sweep(minutes=60, redeliver=True)
        assert self.cloud.dead_letters() == []

    def require(self, *numbers: str, corrected: bool = False) -> None:
        report = self.desk.require(self.order, ReportStatus.DONE, numbers)
        told = self.desk.told(self.order)
        assert told is not None
        assert (told.finished, told.corrected, report.correction_used) == (True, corrected, corrected)
        assert (report.outdated, report.lease_owner) == (False, None)


@pytest.fixture
def world(desk: Desk, cloud: Cloud) -> World:
    return World(desk, cloud)


def test_while_it_is_planned(world: World) -> None:
    def prepare() -> None:
        world.begin()
        send(world.order, "7300000001")

    def check() -> None:
        world.time_passes()
        world.require("7300000001")
        assert world.desk.uploads() == 1

    every_death(prepare, lambda: world.react("report_last_parcel"), check)


def test_while_it_is_told(world: World) -> None:
    def prepare() -> None:
        world.begin()
        send(world.order, "7300000001")
        world.wait()

    def check() -> None:
        world.time_passes()
        world.require("7300000001")

    steps = every_death(prepare, lambda: world.react("tell_wechat"), check)
    assert sum("upload_shipping_info" in step for step in steps) == 1


def test_while_a_correction_is_told(world: World) -> None:
    def prepare() -> None:
        world.begin()
        (parcel,) = send(world.order, "7300000001")
        world.desk.sweep(minutes=6)
        correct(parcel, "7300000002")
        world.wait()

    def check() -> None:
        world.time_passes()
        world.require("7300000002", corrected=True)

    every_death(prepare, lambda: world.react("tell_wechat"), check)


def test_while_wechat_is_asked_to_ask(world: World) -> None:
    def prepare() -> None:
        world.begin()
        parcels = send(world.order, "7300000001")
        world.desk.sweep(minutes=6)
        world.desk.clock.move(minutes=5)
        arrive(*parcels)

    def check() -> None:
        world.time_passes()
        report, told = world.desk.report(world.order), world.desk.told(world.order)
        assert told is not None
        assert told.reminded_at
        assert (report.receipt_problem, report.receipt_asked_at is not None) == (None, True)

    every_death(prepare, lambda: world.react("reporting.ask_for_receipt"), check)


def test_while_an_urging_is_heeded(world: World) -> None:
    def prepare() -> None:
        world.begin()
        world.desk.till.partners.wechat.shipping.urge(f"{world.order.number}01")
        hear(*pushes(world.desk.till))

    def check() -> None:
        world.time_passes()
        report = world.desk.report(world.order)
        assert (report.status, report.urged_at is not None) == (ReportStatus.PENDING, True)
        assert world.desk.uploads() == 0

    every_death(prepare, world.react, check)
