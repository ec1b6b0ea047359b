"""What stays of an order: bytes as DynamoDB bills them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.core import aws
from chalicelib.core.settings import settings

OVERHEAD = 100
"""DynamoDB adds so many bytes to an item, and to its entry in each index."""
_PASSING = {"outbox", "inbox", "guards"}


def kept_of(*names: str) -> int:
    """The bytes of every item that names one of these (an order's id, its number), with its entries in indexes.

    What expires or is on its way is left out.
    """
    client, prefix = aws.client("dynamodb"), settings().table_prefix
    total = 0
    for table in client.get_paginator("list_tables").paginate().build_full_result()["TableNames"]:
        if table.removeprefix(prefix) in _PASSING:
            continue
        indexes = client.describe_table(TableName=table)["Table"].get("GlobalSecondaryIndexes", [])
        items = client.get_paginator("scan").paginate(TableName=table).build_full_result()["Items"]
        for item in items:
            if any(name in json.dumps(item) for name in names):
                total += size(item) + OVERHEAD + sum(_entries(item, indexes))
    return total


@contextmanager
def written() -> Iterator[dict[str, Any]]:
    """``{"items": {table: […]}, "messages": […]}``: every message sent inside, and at its end all that is stored."""
    bodies: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        bodies.extend(each["MessageBody"] for each in params.get("Entries", []))

    found: dict[str, Any] = {"items": {}, "messages": bodies}
    where = aws.client("sqs").meta.events
    where.register("provide-client-params.sqs.SendMessageBatch", note, unique_id="written")
    try:
        yield found
    finally:
        where.unregister("provide-client-params.sqs.SendMessageBatch", unique_id="written")
    client = aws.client("dynamodb")
    for table in client.get_paginator("list_tables").paginate().build_full_result()["TableNames"]:
        found["items"][table] = client.get_paginator("scan").paginate(TableName=table).build_full_result()["Items"]


def _entries(item: dict[str, Any], indexes: list[dict[str, Any]]) -> Iterator[int]:
    for index in indexes:
        keys = [each["AttributeName"] for each in index["KeySchema"]]
        if all(key in item for key in keys):
            yield size({key: item[key] for key in keys}) + OVERHEAD


def size(item: dict[str, Any]) -> int:
    """Names and values, as AWS's documentation counts them."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(typed: dict[str, Any]) -> int:
    ((kind, value),) = typed.items()
    if kind == "S":
        return len(value.encode())
    if kind == "N":
        return len(value) // 2 + 2
    if kind == "L":
        return 3 + sum(1 + _value(each) for each in value)
    if kind == "M":
        return 3 + len(value) + size(value)
    return sum(len(each) for each in value) if kind in ("SS", "NS", "B") else 1
