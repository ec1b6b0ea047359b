"""Dead letters: looked at without being taken, sent again once, put aside with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import aws, events, outbox
from chalicelib.core.settings import settings
from infra.ops import dead_letters
from infra.ops.console import Console
from infra.ops.target import Refused, Target
from tests.core import things
from tests.harness import Cloud, MovableClock

Do = Callable[..., Any]


def send(queue: str, body: str) -> None:
    aws.client("sqs").send_message(QueueUrl=settings().queue_url_base + queue, MessageBody=body)


def bodies(cloud: Cloud, queue: str) -> list[str]:
    return cloud.memory.bodies(f"siyu-{queue}")


def message(number: int, subscriber: str = "trade.orders.of_the_future") -> str:
    item = outbox.OutboxItem(id=f"evt_{number}", kind="OrderPaid", payload="{}", correlation_id=f"request-{number}")
    return outbox.message(item, subscriber)


@pytest.fixture
def dead(cloud: Cloud, drain: Do) -> list[str]:
    """Three messages that no release could read, after their five deliveries."""
    sent = [message(number) for number in range(3)]
    for body in sent:
        send("reactions", body)
    send("payments", "not even JSON")
    drain(redeliver=True)
    assert sorted(bodies(cloud, "reactions-dead")) == sorted(sent)
    return sent


class TestLooking:
    def test_says_who_failed_and_whose_request_it_was(self, target: Target, dead: list[str]) -> None:
        with dead_letters.held(target, queue="reactions") as letters:
            rows = sorted((each.row() for each in letters), key=lambda row: row["event_id"])
        assert [row["event_id"] for row in rows] == ["evt_0", "evt_1", "evt_2"]
        told = ("queue", "subscriber", "event", "correlation_id")
        assert [rows[0][key] for key in told] == ["reactions", "trade.orders.of_the_future", "OrderPaid", "request-0"]
        assert rows[0]["age"] == "0m"

    def test_takes_nothing(self, target: Target, dead: list[str], cloud: Cloud) -> None:
        for _ in range(3):
            with dead_letters.held(target) as letters:
                assert len(letters) == 4
        assert sorted(bodies(cloud, "reactions-dead")) == sorted(dead)
        url = settings().queue_url_base + "reactions-dead"
        assert len(aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 3

    def test_hides_them_from_another_operator_only_meanwhile(self, target: Target, dead: list[str]) -> None:
        with (
            dead_letters.held(target, queue="reactions") as first,
            dead_letters.held(target, queue="reactions") as second,
        ):
            assert (len(first), len(second)) == (3, 0)

    def test_one_that_makes_no_sense_is_shown_too(self, target: Target, dead: list[str]) -> None:
        with dead_letters.held(target, queue="payments") as (letter,):
            assert (letter.subscriber, letter.body) == ("unreadable", "not even JSON")

    def test_by_age_and_queue(self, target: Target, dead: list[str]) -> None:
        with dead_letters.held(target, older_than=timedelta(hours=1)) as letters:
            assert letters == []
        with pytest.raises(Refused, match="no queue 'nothing'"), dead_letters.held(target, queue="nothing"):
            pass

    def test_another_malls_queues_are_not_ours(self, target: Target, cloud: Cloud) -> None:
        sqs, others = aws.client("sqs"), ["siyu-prod-reactions", "siyu-x"]
        for name in others:
            sqs.create_queue(QueueName=name)
        try:
            ours = {name.removeprefix("siyu-") for name in cloud.memory.queues() if name not in others}
            assert set(dead_letters.queues(target)) == ours
        finally:
            for name in others:
                sqs.delete_queue(QueueUrl=settings().queue_url_base.removesuffix("siyu-") + name)


class TestSendingAgain:
    def replay(self, target: Target, letters: list[Any]) -> None:
        dead_letters.replay(target, Console(), letters, per_second=10_000)

    def test_reaches_the_queue_it_came_from(self, target: Target, dead: list[str], cloud: Cloud) -> None:
        with dead_letters.held(target) as letters:
            self.replay(target, letters)
        assert sorted(bodies(cloud, "reactions")) == sorted(dead)
        assert bodies(cloud, "payments") == ["not even JSON"]
        assert bodies(cloud, "reactions-dead") == bodies(cloud, "payments-dead") == []

    def test_has_one_effect_though_the_operator_does_it_twice(
        self, target: Target, cloud: Cloud, drain: Do, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A release mends the reaction; the letter is sent again, and its double too: the inbox takes one."""
        things.make_tables(aws.client("dynamodb"))
        broken = True

        def react(event: Any, tx: Any) -> None:
            if broken:
                raise RuntimeError("a bug of this release")
            tx.update(things.Part(owner="reacted", id=event.order_id), [things.Part.count.add(1)])

        subscriber = events.Subscriber("trade.orders.react", events.kind("OrderPaid"), "reactions", react)
        monkeypatch.setitem(events._subscribers, subscriber.name, subscriber)
        item = outbox.OutboxItem(
            id="evt_1", kind="OrderPaid", payload='{"member_id": "m", "order_id": "o"}', correlation_id="request-1"
        )
        send("reactions", outbox.message(item, subscriber.name))
        drain(redeliver=True)
        assert len(bodies(cloud, "reactions-dead")) == 1
        broken = False
        with dead_letters.held(target) as letters:
            send("reactions", letters[0].body)  # an operator who died between sending and deleting
            self.replay(target, letters)
        drain()
        assert things.Part.get("reacted", "o").count == 1

    def test_one_of_them(self, target: Target, dead: list[str], cloud: Cloud) -> None:
        with dead_letters.held(target, queue="reactions") as letters:
            wanted = dead_letters.chosen(letters, letters[1].id)
            self.replay(target, wanted)
        assert bodies(cloud, "reactions") == [letters[1].body]
        assert len(bodies(cloud, "reactions-dead")) == 2
        with dead_letters.held(target) as rest, pytest.raises(Refused, match="no dead letter"):
            dead_letters.chosen(rest, letters[1].id)

    def test_at_a_pace(self, target: Target, dead: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[float] = []
        with dead_letters.held(target) as letters:
            monkeypatch.setattr("infra.ops.dead_letters.time.sleep", slept.append)
            dead_letters.replay(target, Console(), letters, per_second=2)
        assert slept == [0.5] * 3


class TestDeleting:
    def test_keeps_a_copy_with_the_reason(self, target: Target, dead: list[str], cloud: Cloud) -> None:
        with dead_letters.held(target, queue="payments") as (letter,):
            key = dead_letters.delete(target, letter, "sent by hand while trying")
        assert bodies(cloud, "payments-dead") == []
        kept = json.loads(aws.client("s3").get_object(Bucket="siyu-work", Key=key)["Body"].read())
        assert (kept["body"], kept["reason"], kept["queue"]) == (
            "not even JSON",
            "sent by hand while trying",
            "payments",
        )
        assert kept["by"]
        assert "receipt" not in kept

    def test_without_a_copy_nothing_is_deleted(self, target: Target, dead: list[str], cloud: Cloud) -> None:
        elsewhere = Target(stage="test", region=target.region, prefix="nowhere-")
        with dead_letters.held(target, queue="payments") as (letter,), pytest.raises(ClientError):
            dead_letters.delete(elsewhere, letter, "wrong mall")
        assert bodies(cloud, "payments-dead") == ["not even JSON"]


def test_production_asks_twice(target: Target, frozen: MovableClock, capsys: pytest.CaptureFixture[str]) -> None:
    """By the word of what is deployed: a mall whose function can not be asked counts as production."""
    with pytest.raises(Refused, match="--yes-prod"):
        Console().may_change(target, "do harm")
    assert "siyu-…" in capsys.readouterr().err
    assert Console(yes_prod=True).may_change(target, "do good")
    assert not Console(dry_run=True, yes_prod=True).may_change(target, "look")
    laptop = Target(stage="local", region="r", prefix="siyu-", endpoint="http://127.0.0.1:1")
    assert Console().may_change(laptop, "rehearse")
