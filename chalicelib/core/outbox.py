"""The outbox: an event is stored in the transaction that made it true, and sent afterwards.

Due now: sent right after the commit, then deleted. Its slot is one minute ahead, so that the sweep
finds it only if the process died in between. Due later: the sweep of its minute sends it.
A slot is a minute and a shard; each shard has a watermark, so an outage of hours is caught up.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core import aws, clock, events, logs
from chalicelib.core.jobs import job
from chalicelib.core.tables import Table, TimeAttribute, table_name

log = logging.getLogger(__name__)

SHARDS = 4
LOOKBACK = timedelta(minutes=2)  # a commit that was slow may still land in a slot already swept
GRACE = timedelta(minutes=1)  # the sweep leaves fresh events to the process that made them
FIRST_SWEEP = timedelta(hours=1)
PARKED = "parked"


class OutboxItem(Table):
    """An event on its way. ``slot``: ``2026-11-24T06:27#2``."""

    class Meta:
        table_name = table_name("outbox")

    slot = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    payload = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    due_at = TimeAttribute()


class Watermark(Table):
    """How far a shard has been swept: every slot before ``swept_to`` is empty."""

    class Meta:
        table_name = table_name("watermarks")

    id = UnicodeAttribute(hash_key=True)
    swept_to = TimeAttribute()


def item(event_id: str, event: events.Event, at: datetime | None) -> OutboxItem:
    """The outbox item of *event*; *at* None means now."""
    now = clock.now()
    due = max(at, now) if at else now
    found = due if at else now + GRACE
    return OutboxItem(
        slot=slot(found, zlib.crc32(event_id.encode()) % SHARDS),
        id=event_id,
        kind=type(event).__name__,
        payload=event.model_dump_json(),
        correlation_id=logs.correlation_id(),
        due_at=due,
    )


def slot(at: datetime, shard: int) -> str:
    """The slot of a minute."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}#{shard}"


def send(items: Iterable[OutboxItem]) -> None:
    """One message per subscriber, then the items are deleted; doubles are harmless, losses are not.

    :raises botocore.exceptions.ClientError: a queue refused; the items stay and are swept later.
    """
    items = list(items)
    by_queue: dict[str, list[str]] = defaultdict(list)
    for each in items:
        for subscriber in events.subscribers_of(events.kind(each.kind)):
            by_queue[subscriber.queue].append(message(each, subscriber.name))
    for queue, bodies in by_queue.items():
        _send_batches(queue, bodies)
    with OutboxItem.batch_write() as batch:
        for each in items:
            batch.delete(each)


def message(each: OutboxItem, subscriber: str) -> str:
    """The SQS body of one event for one subscriber."""
    return json.dumps(
        {
            "subscriber": subscriber,
            "event_id": each.id,
            "event": each.kind,
            "payload": json.loads(each.payload),
            "correlation_id": each.correlation_id,
        },
        ensure_ascii=False,
    )


def _send_batches(queue: str, bodies: list[str]) -> None:
    for start in range(0, len(bodies), 10):
        entries = [{"Id": str(i), "MessageBody": body} for i, body in enumerate(bodies[start : start + 10])]
        answer = aws.client("sqs").send_message_batch(QueueUrl=aws.queue_url(queue), Entries=entries)
        if answer.get("Failed"):
            raise OSError(f"queue {queue} refused {len(answer['Failed'])} messages")


@job("deliver_due_events")
def sweep() -> int:
    """Send everything that is due and was not sent. Runs each minute; safe beside itself.

    :returns: how many events were sent.
    """
    return sum(_sweep_shard(shard) for shard in range(SHARDS))


def _sweep_shard(shard: int) -> int:
    now = clock.now()
    mark_id = f"outbox#{shard}"
    mark = Watermark.find(mark_id, consistent=True)
    minute = (mark.swept_to if mark else now - FIRST_SWEEP).replace(second=0, microsecond=0)
    if mark and now - mark.swept_to > LOOKBACK * 5:
        log.warning("outbox sweep is behind", extra={"shard": shard, "swept_to": mark.swept_to})
    sent = 0
    while minute <= now:
        sent += _sweep_slot(slot(minute, shard), now)
        minute += timedelta(minutes=1)
    reached = now - LOOKBACK
    if mark is None or reached > mark.swept_to:
        Watermark(id=mark_id, swept_to=reached).save()
    return sent


def _sweep_slot(name: str, now: datetime) -> int:
    due = [each for each in OutboxItem.query(name, consistent_read=True) if each.due_at <= now]
    known = [each for each in due if _is_known(each)]
    for start in range(0, len(known), 25):
        send(known[start : start + 25])
    return len(known)


def _is_known(each: OutboxItem) -> bool:
    try:
        events.kind(each.kind)
        return True
    except KeyError:
        # Of another release: put aside where the operator finds it, so that the shard goes on.
        log.error("unknown event parked", extra={"event": each.kind, "event_id": each.id})
        with OutboxItem.batch_write() as batch:
            batch.save(
                OutboxItem(
                    slot=PARKED,
                    id=each.id,
                    kind=each.kind,
                    payload=each.payload,
                    correlation_id=each.correlation_id,
                    due_at=each.due_at,
                )
            )
            batch.delete(each)
        return False
