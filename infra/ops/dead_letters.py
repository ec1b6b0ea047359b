"""Dead letters: what failed five times. Looked at without being taken, sent again, or put aside with a reason.

SQS has no looking: messages are received, and made visible again at once. A dead-letter queue has no dead letters of
its own, so that does no harm.
"""

from __future__ import annotations

import getpass
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.ops.console import Console
from infra.ops.target import Refused, Target

DEAD = "-dead"
#: Long enough to send a thousand again at ten a second, with time to spare.
_HELD_SECONDS = 600
_WAIT_SECONDS = 1  # with a wait, an empty answer means that there is none


@dataclass(frozen=True)
class Letter:
    """A message that failed. ``queue``: the short name of the one it came from."""

    queue: str
    id: str
    subscriber: str
    event: str
    event_id: str
    correlation_id: str
    sent_at: datetime
    body: str
    receipt: str

    def row(self) -> dict[str, Any]:
        """What a list shows."""
        shown = ("queue", "id", "subscriber", "event", "event_id", "correlation_id")
        return {"age": age(self.sent_at), **{key: getattr(self, key) for key in shown}}


def age(since: datetime) -> str:
    """``3d 4h``, ``12m``: the two largest parts."""
    minutes = max(int((datetime.now(UTC) - since).total_seconds()) // 60, 0)
    days, hours, left = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days}d {hours}h"
    return f"{hours}h {left}m" if hours else f"{left}m"


def queues(target: Target) -> dict[str, str]:
    """Short name → URL of every queue of the mall, the dead ones too."""
    pages = target.client("sqs").get_paginator("list_queues").paginate(QueueNamePrefix=target.prefix)
    urls = [url for page in pages for url in page.get("QueueUrls", [])]
    names = {url.rpartition("/")[2].removeprefix(target.prefix): url for url in urls}
    # Another mall's prefix may begin like ours: siyu- and siyu-prod-.
    return {name: url for name, url in sorted(names.items()) if name.removesuffix(DEAD) + DEAD in names}


def counts(target: Target, url: str) -> tuple[int, int]:
    """About how many messages wait, and are in somebody's hands."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = target.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(found[names[0]]), int(found[names[1]])


@contextmanager
def held(
    target: Target, *, queue: str = "", older_than: timedelta = timedelta(), limit: int = 1000
) -> Iterator[list[Letter]]:
    """The dead letters (of one queue, of some age), hidden from others until the block ends."""
    found = queues(target)
    if queue and queue + DEAD not in found:
        raise Refused(f"no queue {queue!r}: there are {', '.join(n for n in found if not n.endswith(DEAD))}")
    letters: list[Letter] = []
    try:
        for name, url in found.items():
            if name == queue + DEAD or (not queue and name.endswith(DEAD)):
                letters += _received(target, name.removesuffix(DEAD), url, limit - len(letters))
        yield [each for each in letters if datetime.now(UTC) - each.sent_at >= older_than]
    finally:
        _release(target, letters, found)


def _received(target: Target, queue: str, url: str, most: int) -> list[Letter]:
    letters: dict[str, Letter] = {}
    if not sum(counts(target, url)):
        return []
    while len(letters) < most:
        answer = target.client("sqs").receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=_HELD_SECONDS,
            WaitTimeSeconds=_WAIT_SECONDS,
            MessageSystemAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            break
        letters.update({each["MessageId"]: _letter(queue, each) for each in messages})
    return list(letters.values())


def _letter(queue: str, message: dict[str, Any]) -> Letter:
    try:
        body = json.loads(message["Body"])
        told = {key: str(body.get(key, "?")) for key in ("subscriber", "event", "event_id", "correlation_id")}
    except (ValueError, AttributeError):
        told = dict.fromkeys(("subscriber", "event", "event_id", "correlation_id"), "unreadable")
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    return Letter(
        queue=queue,
        id=message["MessageId"],
        sent_at=sent,
        body=message["Body"],
        receipt=message["ReceiptHandle"],
        **told,
    )


def _release(target: Target, letters: Sequence[Letter], found: dict[str, str]) -> None:
    """Visible at once. Of one that was deleted meanwhile SQS says so, which is no news."""
    for name in {each.queue for each in letters}:
        ours = [each for each in letters if each.queue == name]
        for start in range(0, len(ours), 10):
            entries = [
                {"Id": str(number), "ReceiptHandle": each.receipt, "VisibilityTimeout": 0}
                for number, each in enumerate(ours[start : start + 10])
            ]
            target.client("sqs").change_message_visibility_batch(QueueUrl=found[name + DEAD], Entries=entries)


def chosen(letters: Sequence[Letter], message_id: str) -> list[Letter]:
    """All, or the one of that id. :raises Refused: there is none."""
    wanted = [each for each in letters if not message_id or each.id == message_id]
    if message_id and not wanted:
        raise Refused(f"no dead letter {message_id}")
    return wanted


def replay(target: Target, console: Console, letters: Sequence[Letter], per_second: float) -> int:
    """Send each to the queue it came from, then delete it here. Dying in between doubles it: the inbox sees to that."""
    sqs, found = target.client("sqs"), queues(target)
    for number, each in enumerate(letters, 1):
        sqs.send_message(QueueUrl=found[each.queue], MessageBody=each.body)
        sqs.delete_message(QueueUrl=found[each.queue + DEAD], ReceiptHandle=each.receipt)
        console.progress(f"{number} of {len(letters)} sent again", last=number == len(letters))
        if number < len(letters):
            time.sleep(1 / per_second)
    return len(letters)


def delete(target: Target, letter: Letter, reason: str) -> str:
    """Keep a copy with the reason in the work bucket, then delete. :returns: the copy's key."""
    key = f"ops/dead-letters/{letter.id}.json"
    copy = {**asdict(letter), "reason": reason, "by": getpass.getuser(), "deleted_at": datetime.now(UTC)}
    del copy["receipt"]
    text = json.dumps(copy, ensure_ascii=False, indent=1, default=str)
    target.client("s3").put_object(Bucket=target.work_bucket, Key=key, Body=text.encode())
    target.client("sqs").delete_message(QueueUrl=queues(target)[letter.queue + DEAD], ReceiptHandle=letter.receipt)
    return key
