"""EventBridge on the laptop: the schedules that the app declares, on one clock."""

from __future__ import annotations

import logging
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from chalice.app import Chalice, ScheduledEventConfig, ScheduleExpression
from chalice.local import LambdaContext

log = logging.getLogger(__name__)
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_MONTHS = {
    name: i
    for i, name in enumerate(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1)
}
_WEEKDAYS = {name: i for i, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 1, 7),
    ("year", 1970, 2199),
)


class ScheduleError(ValueError):
    """An expression that EventBridge, or this small clock, does not know."""


class Schedule(Protocol):
    """When something runs."""

    def due(self, last: datetime | None, now: datetime) -> bool:
        """Whether a run is due at *now*, the one before having started at *last*."""


@dataclass(frozen=True)
class Every:
    """``rate(5 minutes)``; the first run is at once."""

    interval: timedelta

    def due(self, last: datetime | None, now: datetime) -> bool:
        return last is None or now - last >= self.interval


@dataclass(frozen=True)
class At:
    """``cron(0 18 ? * MON-FRI *)``, in UTC, at most once a minute."""

    fields: tuple[frozenset[int] | None, ...]  # None: any

    def due(self, last: datetime | None, now: datetime) -> bool:
        minute = now.astimezone(UTC).replace(second=0, microsecond=0)
        return (last is None or last < minute) and self.matches(minute)

    def matches(self, at: datetime) -> bool:
        values = (at.minute, at.hour, at.day, at.month, at.isoweekday() % 7 + 1, at.year)
        return all(field is None or value in field for field, value in zip(self.fields, values, strict=True))


def parse(expression: str | ScheduleExpression) -> Schedule:
    """The schedule of an EventBridge expression. :raises ScheduleError: it is none."""
    text = expression if isinstance(expression, str) else expression.to_string()
    if found := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", text):
        if int(found[1]) < 1:
            raise ScheduleError(f"{text}: a rate is at least one")
        return Every(int(found[1]) * _UNITS[found[2]])
    if found := re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", text):
        day, weekday = found[3], found[5]
        if (day == "?") == (weekday == "?"):
            raise ScheduleError(f"{text}: exactly one of day and weekday must be '?'")
        return At(tuple(_field(part, *limits) for part, limits in zip(found.groups(), _FIELDS, strict=True)))
    raise ScheduleError(f"{text}: neither rate(...) nor cron(...)")


def _field(text: str, name: str, low: int, high: int) -> frozenset[int] | None:
    if text in ("*", "?"):
        return None
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = low if first == "*" else _number(first, name)
        stop = _number(last, name) if last else high if step or first == "*" else start
        if not low <= start <= stop <= high:
            raise ScheduleError(f"{name} {part!r}: not within {low} to {high}")
        values.update(range(start, stop + 1, int(step) if step else 1))
    return frozenset(values)


def _number(text: str, name: str) -> int:
    named = {"month": _MONTHS, "weekday": _WEEKDAYS}.get(name, {})
    try:
        return named[text.upper()] if text.upper() in named else int(text)
    except ValueError:
        raise ScheduleError(f"{name} {text!r} is not known here") from None


class Schedules:
    """Runs the scheduled functions of *app*: by the clock thread, or by name at once."""

    def __init__(self, app: Chalice, now: Callable[[], datetime]) -> None:
        self._now = now
        self._handlers: dict[str, Callable[[Any, Any], Any]] = {}
        self._schedules: dict[str, Schedule] = {}
        for source in app.event_sources:
            if isinstance(source, ScheduledEventConfig):
                self._handlers[source.name] = app.handler_map[source.name]
                self._schedules[source.name] = parse(source.schedule_expression)
        self._last: dict[str, datetime] = {}
        self._busy: dict[str, threading.Thread] = {}
        self._stop = threading.Event()
        self._clock = threading.Thread(target=self._tick, name="schedules", daemon=True)

    def names(self) -> list[str]:
        return sorted(self._handlers)

    def run_job(self, name: str) -> Any:
        """Run the scheduled function *name* now, in this thread. :raises KeyError: there is none."""
        if name not in self._handlers:
            raise KeyError(f"no scheduled function is named {name}; there are: {', '.join(self.names())}")
        return self._handlers[name](self._event(name), LambdaContext(name, 512, max_runtime_ms=900_000))

    def run_due(self) -> list[str]:
        """Run, in this thread, what is due. Returns the names."""
        due = self._due()
        for name in due:
            self.run_job(name)
        return due

    def start(self) -> None:
        self._clock.start()

    def stop(self) -> None:
        """No run starts any more; those under way are waited for."""
        self._stop.set()
        for thread in (self._clock, *self._busy.values()):
            if thread.is_alive():
                thread.join(timeout=35)

    def _due(self) -> list[str]:
        now = self._now()
        due = [name for name, schedule in self._schedules.items() if schedule.due(self._last.get(name), now)]
        self._last.update(dict.fromkeys(due, now))
        return due

    def _tick(self) -> None:
        while not self._stop.wait(0.5):
            for name in self._due():
                if name in self._busy and self._busy[name].is_alive():
                    log.warning("still running, not started again", extra={"job": name})
                    continue
                self._busy[name] = threading.Thread(
                    target=self._run_logged, args=(name,), name=f"job {name}", daemon=True
                )
                self._busy[name].start()

    def _run_logged(self, name: str) -> None:
        try:
            self.run_job(name)
        except Exception:
            log.exception("scheduled function failed", extra={"job": name})

    def _event(self, name: str) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": "123456789012",
            "time": self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": "cn-northwest-1",
            "resources": [f"arn:aws-cn:events:cn-northwest-1:123456789012:rule/{name}"],
            "detail": {},
        }
