"""The outbox: how far behind its sweep is, and the events that were put aside."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.ops.target import Refused, Target

# As chalicelib/core/outbox.py has them; a test compares.
SHARDS = 4
LOOKBACK = timedelta(minutes=2)
GRACE = timedelta(minutes=1)
PARKED = "parked"


def lags(target: Target) -> list[dict[str, Any]]:
    """Each shard: swept to when, and how many seconds ago that sweep was; a minute is healthy."""
    now, found = datetime.now(UTC), []
    for shard in range(SHARDS):
        item = _get(target, f"outbox#{shard}")
        swept_to = datetime.fromisoformat(item["swept_to"]["S"]) if item else None
        seconds = round((now - LOOKBACK - swept_to).total_seconds()) if swept_to else None
        found.append({"shard": shard, "swept_to": swept_to or "never", "behind_seconds": seconds})
    return found


def _get(target: Target, mark: str) -> dict[str, Any] | None:
    answer = target.client("dynamodb").get_item(
        TableName=target.table("watermarks"), Key={"id": {"S": mark}}, ConsistentRead=True
    )
    found: dict[str, Any] | None = answer.get("Item")
    return found


def parked(target: Target) -> list[dict[str, Any]]:
    """Events of a release that this one is not, as DynamoDB has them."""
    pages = (
        target.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=target.table("outbox"),
            KeyConditionExpression="slot = :parked",
            ExpressionAttributeValues={":parked": {"S": PARKED}},
            ConsistentRead=True,
        )
    )
    return [item for page in pages for item in page["Items"]]


def row(item: dict[str, Any]) -> dict[str, Any]:
    """What a list shows."""
    return {"id": item["id"]["S"], "event": item["kind"]["S"], "due_at": item["due_at"]["S"],
            "correlation_id": item["correlation_id"]["S"], "payload": item["payload"]["S"]}  # fmt: skip


def put_back(target: Target, item: dict[str, Any]) -> str:
    """Into a slot that the sweep has before it, and out of the parked ones: both or nothing.

    :returns: the slot. :raises Refused: somebody else has put it back.
    """
    dynamodb, event_id = target.client("dynamodb"), item["id"]["S"]
    at = datetime.now(UTC) + GRACE
    slot = f"{at:%Y-%m-%dT%H:%M}#{zlib.crc32(event_id.encode()) % SHARDS}"
    table = target.table("outbox")
    gone = {"Key": {"slot": item["slot"], "id": item["id"]}, "ConditionExpression": "attribute_exists(slot)"}
    try:
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": {**item, "slot": {"S": slot}}}},
                {"Delete": {"TableName": table, **gone}},
            ]
        )
    except dynamodb.exceptions.TransactionCanceledException:
        raise Refused(f"{event_id} is not parked any more") from None
    return slot
