"""One JSON object a line, with a correlation id that travels through queues.

No personal data: log ids, codes and amounts, never names, phones, addresses or tokens. ``extra={"alarm": True}``
says that a person must look: it is counted, and an alarm rings.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from chalicelib.core import clock, metrics

_correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def correlation_id() -> str:
    """The id that ties a request, the messages it caused and their effects together."""
    return _correlation_id.get()


@contextmanager
def correlated(value: str | None = None) -> Iterator[str]:
    """Everything logged and sent inside carries *value* (a new id when none is given)."""
    value = value or secrets.token_hex(8)
    token = _correlation_id.set(value)
    try:
        yield value
    finally:
        _correlation_id.reset(token)


class JsonFormatter(logging.Formatter):
    """``log.info("order placed", extra={"order_id": …})`` → one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": clock.now().isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "correlation_id": correlation_id(),
        }
        entry.update((k, v) for k, v in vars(record).items() if k not in _STANDARD)
        if getattr(record, "alarm", False):
            entry.update(metrics.embedded({"Alarms": 1}))
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str, separators=(",", ":"))


def configure(level: str) -> None:
    """Send all logs as JSON lines to standard output (CloudWatch takes it from there)."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("botocore", "urllib3", "boto3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
