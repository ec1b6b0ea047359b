"""Counts what an operation really asks of AWS: calls and DynamoDB capacity units."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core import aws
from chalicelib.core.logs import JsonFormatter
from chalicelib.core.settings import settings

READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
_ORDER = ("GetItem", "BatchGetItem", "Query", "PutItem", "TransactWriteItems", "SendMessageBatch", "BatchWriteItem")
_QUEUE = ("ReceiveMessage", "DeleteMessageBatch")
METERED = READS | {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}


@dataclass
class Meter:
    """Calls in order, and the units of the DynamoDB ones."""

    calls: list[str] = field(default_factory=list)
    read_units: float = 0
    write_units: float = 0
    log_bytes: int = 0
    answer_bytes: int = 0
    #: table → units of writes to it, its indexes included.
    written: Counter[str] = field(default_factory=Counter)

    @property
    def reads(self) -> int:
        return sum(call.split(":")[1] in READS for call in self.calls if call.startswith("dynamodb:"))

    @property
    def transactions(self) -> int:
        return self.calls.count("dynamodb:TransactWriteItems")

    def footprint(self) -> dict[str, Any]:
        """What is paid for, for infra/cost."""
        kept = ("read_units", "write_units", "log_bytes", "answer_bytes")
        return {"calls": Counter(self.calls), "written": self.written, **{name: getattr(self, name) for name in kept}}

    def text(self) -> str:
        """The round trips, ``2 GetItem, TransactWriteItems``; asking an empty queue and deleting there left out."""
        counted = Counter(call.split(":")[1] for call in self.calls)
        named = [name for name in _ORDER if counted[name]] + sorted(set(counted) - {*_ORDER, *_QUEUE})
        return ", ".join(f"{counted[name]} {name}" if counted[name] > 1 else name for name in named)


class _CountedLog(logging.Handler):
    """The bytes that CloudWatch would take: it is paid by the gigabyte."""

    def __init__(self, meter: Meter) -> None:
        super().__init__(logging.INFO)
        self._meter = meter
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self._meter.log_bytes += len(self.format(record).encode()) + 1


@contextmanager
def metered() -> Iterator[Meter]:
    """Count every call of the process's clients while the block runs."""
    meter = Meter()
    services = ("dynamodb", "sqs", "s3")

    def ask(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name in METERED:
            params["ReturnConsumedCapacity"] = "TOTAL"

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        meter.calls.append(f"{model.service_model.service_name}:{model.name}")
        consumed = parsed.get("ConsumedCapacity") or []
        for each in [consumed] if isinstance(consumed, dict) else consumed:
            if model.name in READS:
                meter.read_units += each["CapacityUnits"]
            else:
                meter.write_units += each["CapacityUnits"]
                meter.written[each["TableName"].removeprefix(settings().table_prefix)] += each["CapacityUnits"]

    log = _CountedLog(meter)
    logging.getLogger().addHandler(log)
    for service in services:
        client = aws.client(service)
        if service == "dynamodb":
            client.meta.events.register_first("provide-client-params.dynamodb.*", ask, unique_id="meter-ask")
        client.meta.events.register("after-call.*.*", note, unique_id="meter-note")
    try:
        yield meter
    finally:
        logging.getLogger().removeHandler(log)
        for service in services:
            events = aws.client(service).meta.events
            events.unregister("after-call.*.*", unique_id="meter-note")
            if service == "dynamodb":
                events.unregister("provide-client-params.dynamodb.*", unique_id="meter-ask")
