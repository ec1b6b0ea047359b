"""The inbox: a message that comes twice has one effect."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core import clock, events, logs, metrics
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.tables import IntAttribute, Table, table_name
from chalicelib.core.transaction import Transaction, part_ways

log = logging.getLogger(__name__)

KEEP = timedelta(days=30)  # longer than SQS keeps a message (14 days) and a dead letter waits
RETRIES = 3  # of a lost race; a redelivery comes minutes later


class InboxItem(Table):
    """Proof that a subscriber has reacted to an event."""

    class Meta:
        table_name = table_name("inbox")

    id = UnicodeAttribute(hash_key=True)
    expires_at = IntAttribute()


class AlreadyDone(DomainError):
    code = "already_done"


class Unreadable(Exception):
    """No message of this release: not JSON, an unknown subscriber, another shape. Trying again does not help."""


def handle(batch: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """React to an SQS batch. One bad message never harms its neighbors.

    :returns: Lambda's partial batch answer: the messages to deliver again.
    """
    refused = [record["messageId"] for record in batch["Records"] if not _accept(record)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in refused]}


def _accept(record: dict[str, Any]) -> bool:
    with logs.correlated(_correlation_id(record["body"])):
        try:
            react(record["body"], first=record.get("attributes", {}).get("ApproximateReceiveCount", "1") == "1")
        except Exception as error:
            # Logged in here, so that the failure carries the id of the request that caused it.
            metrics.record(
                "reaction failed",
                {"UnreadableMessages" if isinstance(error, Unreadable) else "ReactionFailures": 1},
                level=logging.ERROR,
                failed=True,
                queue=record.get("eventSourceARN", "").rpartition(":")[2],
                message_id=record["messageId"],
            )
            return False
        return True


def _correlation_id(body: str) -> str | None:
    try:
        found: str | None = json.loads(body)["correlation_id"]
    except (ValueError, TypeError, KeyError):
        return None  # no message of ours: react says what is wrong with it
    return found


def react(body: str, *, first: bool = True) -> None:
    """Run the one reaction that a message asks for, unless it has run.

    :raises Unreadable: it asks for none that is known here.
    """
    message, subscriber, event = _read(body)
    done = InboxItem(id=f"{message['event_id']}/{subscriber.name}", expires_at=int((clock.now() + KEEP).timestamp()))
    # A redelivery is checked before the reaction runs, which saves a second call to a partner.
    if not first and InboxItem.find(done.id, consistent=True):
        return
    try:
        _run(subscriber, event, done)
        log.info("reacted", extra={"subscriber": subscriber.name, "event_id": message["event_id"]})
    except AlreadyDone:
        log.info("second delivery ignored", extra={"subscriber": subscriber.name, "event_id": message["event_id"]})


def _run(subscriber: events.Subscriber, event: events.Event, done: InboxItem) -> None:
    """The reaction with its proof. One that lost a race (409: what it read has changed) reads again, at once."""
    for attempt in range(RETRIES + 1):
        if attempt:
            part_ways(attempt)
        try:
            with Transaction() as tx:
                tx.mark(done, only_if=InboxItem.id.does_not_exist(), otherwise=AlreadyDone())
                subscriber.react(event, tx)
            return
        except (AlreadyDone, TooBusy):  # done; or repeated often enough where the contention was
            raise
        except DomainError as refusal:
            if refusal.status != 409 or attempt == RETRIES:
                raise
            log.info("reacts again", extra={"subscriber": subscriber.name, "refusal": refusal.code})


def _read(body: str) -> tuple[dict[str, Any], events.Subscriber, events.Event]:
    try:
        message = json.loads(body)
        subscriber = events.subscriber(message["subscriber"])
        return message, subscriber, subscriber.kind.model_validate(message["payload"])
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error
