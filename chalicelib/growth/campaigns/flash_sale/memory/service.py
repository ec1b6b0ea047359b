"""Things kept for seconds, by the mall's clock, and the brake on a member who taps too fast.

Each process has its own: two may differ for as long as a thing is kept, and nothing is decided by it that the tables do
not decide again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Generic, TypeVar

from chalicelib.core import clock
from chalicelib.core.errors import TooManyRequests

T = TypeVar("T")

MAX_KEPT = 5_000
FRESH = timedelta(seconds=2)
SOLD_OUT = timedelta(seconds=3)
TAPS, TAPS_WITHIN = 6, timedelta(seconds=2)
_all: list[Kept[Any]] = []


class Kept(Generic[T]):
    """Values by key, each for a while."""

    def __init__(self, life: timedelta) -> None:
        self._life = life
        self._values: dict[str, tuple[datetime, T]] = {}
        self._lock = Lock()
        _all.append(self)

    def find(self, key: str) -> T | None:
        found = self._values.get(key)
        return found[1] if found is not None and clock.now() < found[0] else None

    def put(self, key: str, value: T) -> T:
        with self._lock:
            if len(self._values) >= MAX_KEPT:
                self._values.clear()
            self._values[key] = (clock.now() + self._life, value)
        return value

    def get(self, key: str, load: Callable[[], T]) -> T:
        """The value; loaded when it is not there or too old."""
        found = self.find(key)
        return self.put(key, load()) if found is None else found

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


sold_out: Kept[bool] = Kept(SOLD_OUT)
"""Lots of which no counter had a piece."""
_taps: Kept[list[datetime]] = Kept(TAPS_WITHIN)


def forget() -> None:
    """Drop everything: between tests."""
    for each in _all:
        each.clear()


def slow_down(member_id: str) -> None:
    """:raises TooManyRequests: the member asked for more than the tables should answer."""
    now = clock.now()
    recent = [at for at in _taps.find(member_id) or [] if now - at < TAPS_WITHIN]
    if len(recent) >= TAPS:
        raise TooManyRequests()
    _taps.put(member_id, [*recent, now])
