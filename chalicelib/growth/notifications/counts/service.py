"""Counters of a business day and kind."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date

from chalicelib.core import clock
from chalicelib.core.tables import IntAttribute
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.models import MessageDay, MessageStatus

SHARDS = 4
ENDS = (
    MessageStatus.SENT,
    MessageStatus.REFUSED,
    MessageStatus.FAILED,
    MessageStatus.UNCERTAIN,
    MessageStatus.SKIPPED,
    MessageStatus.UNDELIVERED,
)


def add(tx: Transaction, kind: str, end: MessageStatus, *, shard: int | None = None) -> None:
    """Count one more message of *kind* that ended today in *end*. *shard*: for several in one transaction."""
    attribute: IntAttribute = getattr(MessageDay, end.value)
    number = random.randrange(SHARDS) if shard is None else shard
    row = MessageDay(day=clock.today().isoformat(), shard=f"{kind}#{number}")
    tx.update(row, [attribute.add(1)])


def of_day(day: date) -> dict[str, Counter[MessageStatus]]:
    """Kind → how many ended how."""
    found: dict[str, Counter[MessageStatus]] = {}
    for row in MessageDay.query(day.isoformat()):
        counted = found.setdefault(row.shard.partition("#")[0], Counter())
        counted.update({end: getattr(row, end.value) or 0 for end in ENDS})
    return found
