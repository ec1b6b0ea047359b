"""The one clock. Nothing else in the mall asks what time it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from chalicelib.core.settings import settings

_read: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731


def now() -> datetime:
    """The time, aware, UTC."""
    return _read()


def today() -> date:
    """The business day (setting ``time_zone``)."""
    return business_day(now())


def business_day(at: datetime) -> date:
    """The business day in which the aware time *at* lies."""
    return at.astimezone(ZoneInfo(settings().time_zone)).date()


def day_start(day: date) -> datetime:
    """The first moment of a business day, in UTC."""
    return at_time(day, time())


def at_time(day: date, of_day: time) -> datetime:
    """The moment at which the clocks of the business zone show that time on that day, in UTC."""
    return datetime.combine(day, of_day, ZoneInfo(settings().time_zone)).astimezone(UTC)


@contextmanager
def use(read: Callable[[], datetime]) -> Iterator[None]:
    """Another clock for a while: tests freeze and move time with it."""
    global _read
    before, _read = _read, read
    try:
        yield
    finally:
        _read = before
