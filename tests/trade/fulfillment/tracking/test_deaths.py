"""The process dies at every step: in the end the parcel is where it is, and it was said once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import events, inbox, jobs, outbox
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments.events import ParcelDelivered, ParcelMoved
from chalicelib.trade.fulfillment.shipments.models import Parcel, ParcelStatus
from infra.local.faults import every_death
from tests.harness import Cloud
from tests.trade.fulfillment.tracking.conftest import NUMBER, Road, now_of

LISTENED = (ParcelMoved, ParcelDelivered)


class World:
    """One parcel, shipped anew for each death."""

    def __init__(self, road: Road, cloud: Cloud, sweep: Callable[..., Any]) -> None:
        self.road, self.cloud, self.sweep = road, cloud, sweep
        self.parcel: Parcel

    def begin(self, *, subscribed: bool = True) -> None:
        self.cloud.memory.clear()
        self.road.partners.reset()
        carriers.all_carriers()  # a process that has worked before
        self.parcel = self.road.ship(drain=subscribed)

    def react(self) -> None:
        """The process that reads the queue; nobody deletes a message, so that each comes again."""
        for body in self.cloud.memory.bodies(self.cloud.prefix + "tracking"):
            inbox.react(body)

    def scan(self, state: str, *, silently: bool = False) -> None:
        self.road.partners.kuaidi100.move(NUMBER, state, company="yuantong", silently=silently)

    def time_passes(self) -> None:
        """Sweeps, redeliveries, polls."""
        self.sweep(redeliver=True)
        self.rest(13)
        jobs.run("poll_tracking")
        self.sweep(redeliver=True)
        assert self.cloud.dead_letters() == []

    def rest(self, hours: float) -> None:
        """The sweeps of so many hours have found nothing: they need not be played."""
        for mark in outbox.Watermark.scan():
            mark.delete()
        self.road.clock.move(hours=hours)

    def require_delivered_once(self) -> None:
        assert now_of(self.parcel).status is ParcelStatus.DELIVERED
        done = [item["id"]["S"].partition("/")[2] for item in self.cloud.items("inbox")]
        assert [done.count(f"tests.{kind.__name__}") for kind in LISTENED] == [1, 1]
        books = self.road.partners.kuaidi100.books
        assert books.too_often == []
        assert len(books.subscriptions[NUMBER].made_at) == 1
        assert now_of(self.parcel).watch is None


@pytest.fixture
def world(road: Road, cloud: Cloud, sweep: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> World:
    """Another feature listens: its inbox tells how many announcements there were, whichever step died."""
    for kind in LISTENED:
        listener = events.Subscriber(f"tests.{kind.__name__}", kind, "notifications", lambda event, tx: None)
        monkeypatch.setitem(events._subscribers, listener.name, listener)
        monkeypatch.setitem(events._by_kind, kind, [*events._by_kind.get(kind, []), listener])
    return World(road, cloud, sweep)


def test_while_the_parcel_is_subscribed(world: World) -> None:
    def check() -> None:
        world.time_passes()
        world.scan("signed")
        world.road.deliver()
        world.require_delivered_once()

    steps = every_death(lambda: world.begin(subscribed=False), world.react, check)
    assert any(step.endswith("/poll") for step in steps)


def test_while_a_callback_is_heard_and_taken(world: World) -> None:
    def act() -> None:
        world.road.partners.kuaidi100.callbacks.deliver_due()
        world.react()

    def prepare() -> None:
        world.begin()
        world.scan("signed")

    def check() -> None:
        world.time_passes()
        world.require_delivered_once()

    every_death(prepare, act, check)


def test_while_silent_parcels_are_asked_for(world: World) -> None:
    def prepare() -> None:
        world.begin()
        world.scan("signed", silently=True)
        world.road.clock.move(hours=13)

    def act() -> None:
        jobs.run("poll_tracking")
        world.react()

    def check() -> None:
        world.time_passes()
        world.require_delivered_once()

    steps = every_death(prepare, act, check)
    assert any(step.endswith("/poll/query.do") for step in steps)
