"""Fixtures of the kernel's tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.core import aws, events
from tests.core import things
from tests.harness import Cloud

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
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody sleeps; the list holds for how long they would have."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept
