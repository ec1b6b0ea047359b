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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from botocore.exceptions import ClientError
from pynamodb.attributes import UnicodeAttribute

from chalicelib.core import aws, clock, events, logs, metrics
from chalicelib.core.jobs import job
from chalicelib.core.tables import Table, TimeAttribute, table_name

log = logging.getLogger(__name__)

SHARDS = 4
LOOKBACK = timedelta(minutes=2)  # a commit that was slow may still land in a slot already swept
GRACE = timedelta(minutes=1)  # the sweep leaves fresh events to the process that made them
FIRST_SWEEP = timedelta(hours=1)
PARKED = "parked"


class Undeliverable(Exception):
    """A queue does not take an event and never will as things are: the queue is missing, the event too large.

    Another event may still go. An SQS that does not answer is not this.
    """


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

    :raises Undeliverable: a queue refused one of them. :raises Exception: SQS or DynamoDB did not do it.
        Either way the items stay and are swept later.
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
        try:
            answer = aws.client("sqs").send_message_batch(QueueUrl=aws.queue_url(queue), Entries=entries)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise Undeliverable(f"queue {queue}: {error}") from error
            raise
        if failed := answer.get("Failed"):
            kind = Undeliverable if any(each["SenderFault"] for each in failed) else OSError
            raise kind(f"queue {queue} refused {len(failed)} messages: {failed[0].get('Message')}")


@job("deliver_due_events")
def sweep() -> int:
    """Send everything that is due and was not sent. Runs each minute; safe beside itself.

    An event that a queue refuses holds up no other: it stays, the watermark waits for it, and each sweep
    tries it again.

    :returns: how many events were sent.
    :raises Undeliverable: there are such events; all others were sent. The job's alarm rings.
    """
    shards = [_sweep_shard(shard) for shard in range(SHARDS)]
    sent, stuck = sum(each.sent for each in shards), sum(each.stuck for each in shards)
    metrics.record("outbox swept", {"OutboxLag": max(each.behind for each in shards)}, sent=sent, stuck=stuck)
    if stuck:
        raise Undeliverable(f"{stuck} events are stuck, {sent} were sent")
    return sent


@dataclass(frozen=True)
class _Swept:
    """A shard's sweep. *behind*: seconds since the one before, which each minute is about sixty."""

    sent: int
    stuck: int
    behind: int


def _sweep_shard(shard: int) -> _Swept:
    now = clock.now()
    mark = Watermark.find(f"outbox#{shard}", consistent=True)
    minute = (mark.swept_to if mark else now - FIRST_SWEEP).replace(second=0, microsecond=0)
    if mark and now - mark.swept_to > LOOKBACK * 5:
        log.warning("outbox sweep is behind", extra={"shard": shard, "swept_to": mark.swept_to})
    behind = round((now - LOOKBACK - mark.swept_to).total_seconds()) if mark else 0
    sent, stuck = 0, 0
    while minute <= now:
        sent_here, stuck_here = _sweep_slot(slot(minute, shard), now)
        sent, stuck = sent + sent_here, stuck + stuck_here
        minute += timedelta(minutes=1)
        # Once an hour too: a sweep that is hours behind and is cut short goes on from there.
        if not stuck and (minute > now or minute.minute == 0):
            mark = _advance(shard, mark, min(minute, now - LOOKBACK))
    return _Swept(sent, stuck, max(behind, 0))


def _advance(shard: int, mark: Watermark | None, to: datetime) -> Watermark:
    if mark is None or to > mark.swept_to:
        mark = Watermark(id=f"outbox#{shard}", swept_to=to)
        mark.save()
    return mark


def _sweep_slot(name: str, now: datetime) -> tuple[int, int]:
    due = [each for each in OutboxItem.query(name, consistent_read=True) if each.due_at <= now]
    known = [each for each in due if _is_known(each)]
    stuck = sum(_send_what_goes(known[start : start + 25]) for start in range(0, len(known), 25))
    return len(known) - stuck, stuck


def _send_what_goes(items: list[OutboxItem]) -> int:
    """Send *items* together, or else in halves, so that a refused one stays behind alone.

    :returns: how many stay behind.
    """
    try:
        send(items)
    except Undeliverable:
        if len(items) == 1:
            log.exception("event is stuck", extra={"event": items[0].kind, "event_id": items[0].id})
            return 1
        half = len(items) // 2
        return _send_what_goes(items[:half]) + _send_what_goes(items[half:])
    return 0


def _is_known(each: OutboxItem) -> bool:
    try:
        events.kind(each.kind)
        return True
    except KeyError:
        # Of another release: put aside where the operator finds it, so that the shard goes on.
        metrics.record(
            "unknown event parked", {"EventsParked": 1}, level=logging.ERROR, event=each.kind, event_id=each.id
        )
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
