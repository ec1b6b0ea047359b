"""The inbox: a message that comes twice has one effect."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core import clock, events, logs
from chalicelib.core.errors import DomainError
from chalicelib.core.tables import IntAttribute, Table, table_name
from chalicelib.core.transaction import Transaction

log = logging.getLogger(__name__)

KEEP = timedelta(days=30)  # longer than SQS keeps a message (14 days) and a dead letter waits


class InboxItem(Table):
    """Proof that a subscriber has reacted to an event."""

    class Meta:
        table_name = table_name("inbox")

    id = UnicodeAttribute(hash_key=True)
    expires_at = IntAttribute()


class AlreadyDone(DomainError):
    code = "already_done"


def handle(batch: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """React to an SQS batch. One bad message never harms its neighbors.

    :returns: Lambda's partial batch answer: the messages to deliver again.
    """
    failures = []
    for record in batch["Records"]:
        try:
            react(record["body"], first=record.get("attributes", {}).get("ApproximateReceiveCount", "1") == "1")
        except Exception:
            log.exception("reaction failed", extra={"message_id": record["messageId"]})
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def react(body: str, *, first: bool = True) -> None:
    """Run the one reaction that a message asks for, unless it has run."""
    message = json.loads(body)
    subscriber = events.subscriber(message["subscriber"])
    event = subscriber.kind.model_validate(message["payload"])
    done = InboxItem(
        id=f"{message['event_id']}/{subscriber.name}", expires_at=int((clock.now() + KEEP).timestamp())
    )
    with logs.correlated(message.get("correlation_id")):
        # A redelivery is checked before the reaction runs, which saves a second call to a partner.
        if not first and InboxItem.find(done.id, consistent=True):
            return
        try:
            with Transaction() as tx:
                tx.put(done, only_if=InboxItem.id.does_not_exist(), otherwise=AlreadyDone())
                subscriber.react(event, tx)
        except AlreadyDone:
            log.info("second delivery ignored", extra={"subscriber": subscriber.name, "event_id": message["event_id"]})
