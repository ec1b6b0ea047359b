"""SQS to Lambda: batches of messages through the app's real handlers, by threads or step by step."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from chalice.app import Chalice, SQSEventConfig
from chalice.local import LambdaContext

log = logging.getLogger(__name__)
MAX_ROUNDS = 200


class DeliveryFailed(AssertionError):
    """A message was not accepted by its subscriber; the text says which and why."""


@dataclass
class Delivered:
    """What a drain did: bodies in order of delivery. A body that failed is in both lists."""

    bodies: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.bodies)


@dataclass(frozen=True)
class Consumer:
    """One SQS handler of the app with its queue."""

    name: str
    queue: str
    url: str
    batch_size: int
    handle: Callable[[Any, Any], Any]
    region: str

    def deliver(self, sqs: Any, report: Delivered, wait_seconds: int = 0, twice: bool = False) -> int:
        """Receive one batch, hand it over, delete what was accepted.

        :param twice: hand it over a second time before that, as SQS may do with any message.
        :returns: how many messages were received.
        """
        answer = sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=min(self.batch_size, 10),
            WaitTimeSeconds=wait_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if messages:
            report.bodies.extend(each["Body"] for each in messages)
            refused = self._refused(messages)
            if twice:
                again = [
                    {**each, "Attributes": {**each["Attributes"], "ApproximateReceiveCount": "2"}} for each in messages
                ]
                refused |= self._refused(again)
            report.failed.extend(each["Body"] for each in messages if each["MessageId"] in refused)
            accepted = [each for each in messages if each["MessageId"] not in refused]
            if accepted:
                entries = [{"Id": str(i), "ReceiptHandle": each["ReceiptHandle"]} for i, each in enumerate(accepted)]
                sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)
        return len(messages)

    def _refused(self, messages: list[dict[str, Any]]) -> set[str]:
        try:
            answer = self.handle(self._event(messages), LambdaContext(self.name, 512, max_runtime_ms=30_000))
        except Exception:
            # As in Lambda: an invocation that raises gives the whole batch back.
            log.exception("consumer failed", extra={"consumer": self.name})
            return {each["MessageId"] for each in messages}
        failures = (answer or {}).get("batchItemFailures") or []
        refused = {each["itemIdentifier"] for each in failures}
        if refused - {each["MessageId"] for each in messages}:
            # As in Lambda: an identifier that it does not know fails the whole batch.
            return {each["MessageId"] for each in messages}
        return refused

    def _event(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        arn = f"arn:aws-cn:sqs:{self.region}:123456789012:{self.queue}"
        return {
            "Records": [
                {
                    "messageId": each["MessageId"],
                    "receiptHandle": each["ReceiptHandle"],
                    "body": each["Body"],
                    "attributes": each.get("Attributes", {}),
                    "messageAttributes": each.get("MessageAttributes", {}),
                    "md5OfBody": each["MD5OfBody"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": arn,
                    "awsRegion": self.region,
                }
                for each in messages
            ]
        }


def consumers(app: Chalice, queue_url_base: str, prefix: str, region: str) -> list[Consumer]:
    """The consumers that *app* declares.

    :param queue_url_base: what stands before a short queue name in its URL. :param prefix: before queue names.
    """
    found = []
    for source in app.event_sources:
        if isinstance(source, SQSEventConfig):
            queue = source.queue or str(source.queue_arn).rsplit(":", 1)[-1]
            short = queue.removeprefix(prefix)
            handle = app.handler_map[source.name]
            found.append(
                Consumer(source.name, prefix + short, queue_url_base + short, source.batch_size, handle, region)
            )
    return found


def drain(
    every: Iterable[Consumer],
    sqs: Any,
    *,
    expect_failures: bool = False,
    redeliver: Callable[[], None] | None = None,
    twice: bool = False,
    holds: Callable[[str], bool] = lambda queue: True,
) -> Delivered:
    """Deliver until every queue is empty, in this thread.

    :param expect_failures: do not raise when a message fails.
    :param redeliver: called after each round that failed something: makes it visible again, so that
        it is retried until it succeeds or reaches the dead-letter queue.
    :param twice: every message is delivered twice.
    :param holds: whether a queue has messages at all, where that is cheaper to know than to ask the queue.
    :raises DeliveryFailed: a message failed and *expect_failures* is not set, or there is no end.
    """
    every, report = list(every), Delivered()
    for _ in range(MAX_ROUNDS):
        before = len(report.failed)
        received = sum(consumer.deliver(sqs, report, twice=twice) for consumer in every if holds(consumer.queue))
        if len(report.failed) > before and redeliver:
            redeliver()
            continue
        if not received:
            break
    else:
        raise DeliveryFailed(f"no end after {MAX_ROUNDS} rounds: {report.bodies[-3:]}")
    if report.failed and not expect_failures:
        raise DeliveryFailed("not accepted (see the log above):\n" + "\n".join(report.failed))
    return report


def is_idle(every: Iterable[Consumer], sqs: Any) -> bool:
    """Whether no message waits, is being handled, or is put off."""
    wanted = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
    answers = (sqs.get_queue_attributes(QueueUrl=each.url, AttributeNames=wanted)["Attributes"] for each in every)
    return not any(int(number) for answer in answers for number in answer.values())


class Pollers:
    """One thread per queue, as Lambda's event source mappings. moto wants a single reader per queue."""

    def __init__(self, every: Iterable[Consumer], sqs: Any, wait_seconds: int = 1) -> None:
        self._stop = threading.Event()
        self._sqs, self._wait = sqs, wait_seconds
        self._threads = [
            threading.Thread(target=self._run, args=(each,), name=f"queue {each.queue}", daemon=True) for each in every
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when every handler has ended."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=35)

    def _run(self, consumer: Consumer) -> None:
        while not self._stop.is_set():
            try:
                consumer.deliver(self._sqs, Delivered(), self._wait)
            except Exception:
                log.exception("queue poller", extra={"queue": consumer.queue})
                self._stop.wait(1)
