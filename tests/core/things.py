"""Tables, events and AWS answers that only the tests of the kernel know."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel
from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core import aws, ids, outbox
from chalicelib.core.errors import DomainError
from chalicelib.core.events import Event
from chalicelib.core.inbox import InboxItem
from chalicelib.core.ledgers import AccountRow, EntryRow
from chalicelib.core.once import Guard
from chalicelib.core.outbox import OutboxItem, Watermark
from chalicelib.core.states import Steps
from chalicelib.core.tables import (
    DocumentAttribute,
    EnumAttribute,
    FenAttribute,
    IntAttribute,
    Table,
    TimeAttribute,
    table_name,
)
from chalicelib.core.transaction import Otherwise, Transaction
from tests.harness import Cloud


class Light(StrEnum):
    RED = "red"
    AMBER = "amber"
    GREEN = "green"


LIGHTS = Steps({Light.RED: [Light.GREEN], Light.GREEN: [Light.AMBER], Light.AMBER: [Light.RED, Light.GREEN]})


class Note(BaseModel):
    text: str
    stars: int = 5


class Thing(Table):
    class Meta:
        table_name = table_name("test-things")

    id = UnicodeAttribute(hash_key=True)
    count = IntAttribute(null=True)
    amount = FenAttribute(null=True)
    seen_at = TimeAttribute(null=True)
    light = EnumAttribute(Light, null=True)
    notes = DocumentAttribute[list[Note]](list[Note], null=True)


class ByColor(GlobalSecondaryIndex["Part"]):
    class Meta:
        index_name = "by_color"
        projection = AllProjection()

    color = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Part(Table):
    class Meta:
        table_name = table_name("test-parts")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    color = UnicodeAttribute(null=True)
    count = IntAttribute(default=0)

    by_color = ByColor()


class BySequence(GlobalSecondaryIndex["PurseEntry"]):
    class Meta:
        index_name = "by_sequence"
        projection = AllProjection()

    member_id = UnicodeAttribute(hash_key=True)
    sequence = UnicodeAttribute(range_key=True)


class Purse(AccountRow, Table):
    class Meta:
        table_name = table_name("test-purses")


class PurseEntry(EntryRow, Table):
    class Meta:
        table_name = table_name("test-purse-entries")

    by_sequence = BySequence()


MODELS = (Thing, Part, Purse, PurseEntry)


def make_tables(client: Any) -> None:
    """The tables, on moto or dynoxide, unless they are there."""
    pages = client.get_paginator("list_tables").paginate()  # the house has more than one page of them
    there = {name for page in pages for name in page["TableNames"]}
    for model in MODELS:
        if model.Meta.table_name in there:
            continue
        schema = model._get_schema()
        indexes = [
            {
                "IndexName": each["index_name"],
                "KeySchema": _keys(each),
                "Projection": each["projection"],
            }
            for each in schema["global_secondary_indexes"]
        ]
        client.create_table(
            TableName=model.Meta.table_name,
            AttributeDefinitions=schema["attribute_definitions"],
            KeySchema=_keys(schema),
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )


class Gone(DomainError):
    code, status, message = "gone", 409, "{what}没有了"


class Taken(DomainError):
    code, status, message = "taken", 409, "被占用"


class Painted(Event):
    """Something was painted; several react."""

    thing_id: str
    color: str = "red"


class Ignored(Event):
    """Nobody reacts to this one."""

    thing_id: str


class Remind(Event):
    """A deadline."""

    thing_id: str


class Unheard(Event):
    """Of a release that this one does not know: the tests forget it after storing it."""

    thing_id: str


KINDS = (Painted, Ignored, Remind, Unheard)


def _keys(schema: Any) -> list[dict[str, str]]:
    return sorted(schema["key_schema"], key=lambda each: each["KeyType"])  # DynamoDB wants HASH before RANGE


def clear(cloud: Cloud) -> None:
    """An empty cloud again, on either database."""
    cloud.memory.clear()
    for model in (*MODELS, Guard, InboxItem, OutboxItem, Watermark):
        for item in model.scan():
            item.delete()


def stored(thing_id: str) -> Thing | None:
    """The thing as it is this moment."""
    return Thing.find(thing_id, consistent=True)


def put_new(tx: Transaction, thing_id: str, otherwise: Otherwise | None = None, count: int = 1) -> None:
    """A put that is refused when the thing exists."""
    tx.put(Thing(id=thing_id, count=count), only_if=Thing.id.does_not_exist(), otherwise=otherwise or Taken())


def emit(*events: Event, at: datetime | None = None) -> None:
    """Commit these events."""
    with Transaction() as tx:
        for event in events:
            tx.emit(event, at=at)


def store(event: Event, at: datetime | None = None) -> OutboxItem:
    """As a process leaves it that dies between commit and sending."""
    item = outbox.item(ids.new("evt"), event, at)
    item.save()
    return item


def hear(event: Any, tx: Transaction) -> None:
    """A reaction whose effects can be counted."""
    tx.update(Part(owner="heard", id=event.thing_id), [Part.count.add(1)])


def mark(at: datetime) -> None:
    """The sweep has come this far."""
    for shard in range(outbox.SHARDS):
        Watermark(id=f"outbox#{shard}", swept_to=at).save()


def marks() -> set[datetime]:
    """How far the sweep has come, of all shards."""
    return {each.swept_to for each in Watermark.scan()}


@contextmanager
def recorded(operation: str, service: str = "dynamodb") -> Iterator[list[dict[str, Any]]]:
    """The bodies of all calls of *operation* by this thread."""
    bodies: list[dict[str, Any]] = []
    thread = threading.get_ident()

    def record(params: dict[str, Any], **_: Any) -> None:
        if threading.get_ident() == thread:
            body = params["body"]
            bodies.append(json.loads(body) if isinstance(body, (str, bytes)) else body)

    with _registered(f"before-call.{service}.{operation}", record, service):
        yield bodies


@contextmanager
def answered(operation: str, *answers: dict[str, Any] | Exception | None) -> Iterator[None]:
    """DynamoDB gives *answers* to the next calls of *operation*, one each; None lets the call through.

    Below 300 the answer is a success; with ``Error`` it is refused, as botocore would report it.
    """
    left = list(answers)

    def answer(**_: Any) -> tuple[Any, dict[str, Any]] | None:
        given = left.pop(0) if left else None
        if isinstance(given, Exception):
            raise given
        if given is None:
            return None
        status = given.get("ResponseMetadata", {}).get("HTTPStatusCode", 400 if "Error" in given else 200)
        return SimpleNamespace(status_code=status), given

    with _registered(f"before-call.dynamodb.{operation}", answer, "dynamodb"):
        yield
    assert not left, f"{len(left)} answers were not asked for"


@contextmanager
def _registered(event: str, handler: Any, service: str) -> Iterator[None]:
    events = aws.client(service).meta.events
    events.register(event, handler)
    try:
        yield
    finally:
        events.unregister(event, handler)


def canceled(*codes: str, items: dict[int, Any] | None = None) -> dict[str, Any]:
    """The answer to a canceled transaction with these reasons, in the order of its writes."""
    reasons = [{"Code": code} | ({"Item": items[i]} if items and i in items else {}) for i, code in enumerate(codes)]
    return refused("TransactionCanceledException", CancellationReasons=reasons)


def refused(code: str, status: int = 400, **more: Any) -> dict[str, Any]:
    """An error of DynamoDB."""
    return {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
