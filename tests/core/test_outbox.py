"""The outbox: no event is lost, whatever dies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import aws, ids, logs, outbox
from chalicelib.core.outbox import OutboxItem
from chalicelib.core.transaction import Transaction
from infra.local import faults
from tests.core.things import Ignored, Painted, Remind, Thing, clear, emit, mark, recorded, store
from tests.harness import Cloud, MovableClock

pytestmark = pytest.mark.usefixtures("tables", "naps", "swept", "heard")


class TestDueNow:
    def test_sent_at_once_then_deleted(self, tables: Cloud) -> None:
        emit(Painted(thing_id="a"))
        assert [each["payload"] for each in tables.messages("reactions")] == [{"thing_id": "a", "color": "red"}]
        assert tables.items("outbox") == []

    def test_one_message_per_subscriber_on_its_queue(self, tables: Cloud, on: Callable[..., Any]) -> None:
        on(Painted, lambda event, tx: None, name="bill", queue="payments")
        on(Painted, lambda event, tx: None, name="count")
        emit(Painted(thing_id="a"))
        found = tables.messages("reactions") + tables.messages("payments")
        assert [each["subscriber"] for each in found] == ["tests.admire", "tests.count", "tests.bill"]
        assert len({each["event_id"] for each in found}) == 1

    def test_an_event_without_subscribers_costs_nothing(self, tables: Cloud, frozen: MovableClock) -> None:
        with recorded("TransactWriteItems") as calls, tables.unchanged():
            emit(Ignored(thing_id="a"))
            emit(Ignored(thing_id="a"), at=frozen.at)
        assert calls == []

    def test_more_events_than_a_batch_holds(self, tables: Cloud) -> None:
        emit(*(Painted(thing_id=f"{i}") for i in range(60)))
        assert len({each["payload"]["thing_id"] for each in tables.messages("reactions")}) == 60
        assert tables.items("outbox") == []

    def test_stored_in_the_same_transaction(self) -> None:
        with recorded("TransactWriteItems") as calls, Transaction() as tx:
            tx.put(Thing(id="a"))
            tx.emit(Painted(thing_id="a"))
        tables = [each["Put"]["TableName"] for each in calls[0]["TransactItems"]]
        assert tables == [Thing.Meta.table_name, OutboxItem.Meta.table_name]


class TestFailures:
    @pytest.mark.parametrize("operation", ["SendMessageBatch", "BatchWriteItem"])
    def test_what_could_not_be_sent_or_deleted_is_swept(
        self, tables: Cloud, sweep: Callable[..., Any], heard: Any, operation: str
    ) -> None:
        with faults.broken(operation, times=9):
            emit(Painted(thing_id="a"))
        assert len(tables.items("outbox")) == 1
        sweep()
        assert heard() == ["a"], "also where both the first sending and the sweep brought a message"
        assert tables.items("outbox") == []

    def test_a_queue_that_takes_only_some_keeps_all(
        self, tables: Cloud, sweep: Callable[..., Any], heard: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failed = [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]
        with monkeypatch.context() as patch:
            patch.setattr(aws.client("sqs"), "send_message_batch", lambda **_: {"Successful": [], "Failed": failed})
            emit(Painted(thing_id="a"), Painted(thing_id="b"))
        assert len(tables.items("outbox")) == 2
        sweep()
        assert sorted(heard()) == ["a", "b"]

    def test_killed_at_every_step(self, tables: Cloud, sweep: Callable[..., Any], heard: Any, frozen: Any) -> None:
        def prepare() -> None:
            clear(tables)
            mark(frozen.at - outbox.LOOKBACK)

        def check() -> None:
            sweep()
            happened = Thing.find("a") is not None
            assert heard() == ["a"] * happened, "heard of exactly when it happened, and once"
            assert tables.items("outbox") == []

        def act() -> None:
            with Transaction() as tx:
                tx.put(Thing(id="a"))
                tx.emit(Painted(thing_id="a"))

        steps = faults.every_death(prepare, act, check)
        assert steps == ["dynamodb TransactWriteItems", "sqs SendMessageBatch", "dynamodb BatchWriteItem"]

    def test_unprocessed_deletes_are_finished(self, tables: Cloud) -> None:
        with faults.unprocessed("BatchWriteItem", times=2):
            emit(*(Painted(thing_id=f"{i}") for i in range(5)))
        assert tables.items("outbox") == []

    def test_the_sweep_leaves_fresh_events_to_their_maker(self, tables: Cloud, frozen: MovableClock) -> None:
        store(Painted(thing_id="a"))
        assert outbox.sweep() == 0
        frozen.move(minutes=1)
        assert outbox.sweep() == 1
        assert outbox.sweep() == 0


class TestSlots:
    def test_more_than_a_batch_in_one_slot(self, tables: Cloud, sweep: Any, frozen: Any, heard: Any) -> None:
        due = frozen.at + timedelta(minutes=3)
        for i in range(60):
            OutboxItem(
                slot=outbox.slot(due, 0), id=ids.new("evt"), kind="Remind", payload=f'{{"thing_id":"{i}"}}',
                correlation_id="", due_at=due,
            ).save()  # fmt: skip
        sweep(minutes=3)
        assert sorted(map(int, heard())) == list(range(60))
        assert tables.items("outbox") == []

    def test_shards_share_the_load(self, tables: Cloud, frozen: MovableClock) -> None:
        for i in range(40):
            emit(Remind(thing_id=f"{i}"), at=frozen.at + timedelta(minutes=3))
        assert {each["slot"]["S"] for each in tables.items("outbox")} == {f"2026-11-24T02:03#{i}" for i in range(4)}

    def test_the_correlation_id_travels(self, tables: Cloud) -> None:
        with logs.correlated("request-1"):
            emit(Painted(thing_id="a"))
            store(Painted(thing_id="b"))
        assert [each["correlation_id"] for each in tables.messages("reactions")] == ["request-1"]
        assert [each["correlation_id"]["S"] for each in tables.items("outbox")] == ["request-1"]
