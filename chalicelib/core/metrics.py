"""Metrics: numbers inside the log lines that are written anyway (CloudWatch's embedded metric format).

A line that holds ``_aws`` becomes a log entry *and* data points: no call, no library, no second line. Every
metric stands in :data:`KERNEL` or in ``wiring.COUNTED``. A custom metric is paid for each combination of its
dimensions' values, so a dimension has a handful of them: never a route, an id or a code.

Written whatever ``log_level`` says: a mall that logs warnings only still counts its orders.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from chalicelib.core import clock
from chalicelib.core.settings import settings

#: The kernel's own: metric → its dimensions (fields of the same line), one data point for each tuple.
KERNEL: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "Latency": (("group",),),
    "ServerErrors": (("group",),),
    "PartnerCalls": (("partner",),),
    "PartnerErrors": (("partner",), ("partner", "kind")),
    "ReactionFailures": (("queue",),),
    "UnreadableMessages": (("queue",),),
    "DatabaseRetries": ((),),
    "EventsParked": ((),),
    "OutboxLag": ((),),
    # Lines logged with ``alarm=True``: the code itself says that a person must look.
    "Alarms": ((),),
}
_UNITS = {"Latency": "Milliseconds", "OutboxLag": "Seconds"}  # the others are counts

_log = logging.getLogger(__name__)
_log.setLevel(logging.INFO)
_counted: dict[str, Sequence[str]] = {}


def record(
    message: str, values: Mapping[str, float], *, level: int = logging.INFO, failed: bool = False, **fields: Any
) -> None:
    """Log *message* with *fields*, and count *values*.

    :param values: metrics of one kind (the same dimensions), whose dimensions are among *fields*.
    :param failed: within ``except``: the traceback belongs to it.
    """
    _log.log(level, message, exc_info=failed, extra={**fields, **embedded(values)})


def embedded(values: Mapping[str, float]) -> dict[str, Any]:
    """The fields that make a log line count *values*."""
    aws = {"Timestamp": int(clock.now().timestamp() * 1000), "CloudWatchMetrics": _directive(tuple(values))}
    return {**values, "_aws": aws}


@cache
def _directive(names: tuple[str, ...]) -> list[dict[str, Any]]:
    (dimensions,) = {KERNEL.get(name, ((),)) for name in names}
    # A count needs no unit: these bytes stand in every line, and a gigabyte of lines is paid for.
    metrics = [{"Name": name, **({"Unit": _UNITS[name]} if name in _UNITS else {})} for name in names]
    where = namespace(settings().table_prefix)
    return [{"Namespace": where, "Dimensions": dimensions, "Metrics": metrics}]


def namespace(prefix: str) -> str:
    """Where CloudWatch keeps the metrics of the mall whose names begin with *prefix*."""
    return prefix.rstrip("-")


def count_events(counted: Mapping[str, Sequence[str]]) -> None:
    """Say what is counted when an event is committed: its name → ``"Metric"``, or ``"Metric:field"``, which adds
    up that field."""
    _counted.update(counted)


def announced(events: Iterable[Any]) -> None:
    """Count the events of a transaction that stands. A process that dies before does not count them: no ledger."""
    values: Counter[str] = Counter()
    for event in events:
        for each in _counted.get(type(event).__name__, ()):
            name, _, field = each.partition(":")
            values[name] += int(getattr(event, field)) if field else 1
    if values:
        record("announced", values)
