"""Fixtures of the kernel's tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.core import aws, events, outbox
from chalicelib.core.api import House
from infra.local.gateway import Gateway
from tests.core import rooms, things
from tests.harness import Client, Cloud, MovableClock

for _kind in things.KINDS:
    events._kinds.pop(_kind.__name__, None)  # known while a test of the kernel runs, and never to the mall


@pytest.fixture
def tables(cloud: Cloud) -> Cloud:
    """The cloud with the tables of tests/core/things.py."""
    things.make_tables(aws.client("dynamodb"))
    return cloud


@pytest.fixture
def bus() -> Iterator[None]:
    """The events of tests/core/things.py are known; what a test subscribes is forgotten after it."""
    for module in wiring.SUBSCRIBERS:  # what a test loads on its way must not be forgotten with what it subscribes
        import_module(module)
    kinds, names, by_kind = dict(events._kinds), dict(events._subscribers), dict(events._by_kind)
    events._kinds.update({kind.__name__: kind for kind in things.KINDS})
    yield
    for registry, before in ((events._kinds, kinds), (events._subscribers, names), (events._by_kind, by_kind)):
        registry.clear()
        registry.update(before)  # type: ignore[attr-defined]


@pytest.fixture
def on(bus: None) -> Callable[..., Any]:
    """``on(Painted, react, name="count", queue="reactions")`` subscribes for this test."""

    def run(kind: Any, react: Callable[..., None], *, name: str = "react", queue: str = "reactions") -> Any:
        react.__name__, react.__module__ = name, "chalicelib.tests.subscribers"
        return events.subscribe(kind, queue=queue)(react)

    return run


@pytest.fixture
def swept(tables: Cloud, frozen: MovableClock) -> None:
    """The sweep has run each minute until now."""
    things.mark(frozen.at - outbox.LOOKBACK)


@pytest.fixture
def heard(on: Callable[..., Any]) -> Callable[[], list[str]]:
    """``heard()``: which events (of Painted and Remind) had an effect, as often as they had it."""
    on(things.Remind, things.hear, name="remind")
    on(things.Painted, things.hear, name="admire")
    found = things.Part.query
    return lambda: [each.id for each in found("heard", consistent_read=True) for _ in range(each.count)]


@pytest.fixture(scope="session")
def _rooms() -> Gateway:
    house = House("part")
    house.register_blueprint(rooms.api)  # Chalice registers a blueprint once
    return Gateway(house)


@pytest.fixture
def http(tables: Cloud, _rooms: Gateway) -> Client:
    """The routes of tests/core/rooms.py."""
    return Client(_rooms)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody sleeps; the list holds for how long they would have."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept
