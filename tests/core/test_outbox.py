"""The outbox: no event is lost, whatever dies; deadlines come when they are due and not before."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import aws, events, ids, jobs, logs, outbox
from chalicelib.core.outbox import OutboxItem, Undeliverable, Watermark
from chalicelib.core.transaction import Transaction
from infra.local import faults
from tests.core.things import Ignored, Painted, Part, Remind, Thing, Unheard, recorded
from tests.harness import Cloud, MovableClock

pytestmark = pytest.mark.usefixtures("tables", "naps")


@pytest.fixture(autouse=True)
def _swept(tables: Cloud, frozen: MovableClock) -> None:
    """The sweep has run each minute until now."""
    mark(frozen.at - outbox.LOOKBACK)


def hear(event: Any, tx: Transaction) -> None:
    tx.update(Part(owner="heard", id=event.thing_id), [Part.count.add(1)])


@pytest.fixture(autouse=True)
def heard(on: Callable[..., Any]) -> Callable[[], list[str]]:
    """Which events had an effect, as often as they had it."""
    on(Remind, hear, name="remind")
    on(Painted, hear, name="admire")
    return lambda: [each.id for each in Part.query("heard", consistent_read=True) for _ in range(each.count)]


def mark(at: Any) -> None:
    for shard in range(outbox.SHARDS):
        Watermark(id=f"outbox#{shard}", swept_to=at).save()


def marks() -> set[Any]:
    return {each.swept_to for each in Watermark.scan()}


def emit(*events: Any, at: Any = None) -> None:
    with Transaction() as tx:
        for event in events:
            tx.emit(event, at=at)


def store(event: Any, at: Any = None) -> OutboxItem:
    """As a process leaves it that dies between commit and sending."""
    item = outbox.item(ids.new("evt"), event, at)
    item.save()
    return item


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
            tables.memory.clear()
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


class TestDeadlines:
    def test_when_due_and_not_before(
        self, tables: Cloud, sweep: Callable[..., Any], heard: Any, frozen: MovableClock
    ) -> None:
        frozen.move(seconds=17)
        emit(Remind(thing_id="a"), at=frozen.at + timedelta(minutes=30))
        assert tables.messages("reactions") == []
        sweep(minutes=29.9)
        assert heard() == []
        sweep(minutes=0.1)
        assert heard() == ["a"]

    def test_later_in_the_minute_that_is_swept(self, sweep: Callable[..., Any], frozen: Any, heard: Any) -> None:
        emit(Remind(thing_id="a"), at=frozen.at + timedelta(minutes=5, seconds=40))
        sweep(minutes=5)
        assert heard() == []
        sweep(minutes=1)
        assert heard() == ["a"]

    def test_a_deadline_in_the_past_is_due_now(self, sweep: Callable[..., Any], frozen: Any, heard: Any) -> None:
        emit(Remind(thing_id="a"), at=frozen.at - timedelta(days=3))
        sweep(minutes=0)
        assert heard() == ["a"]

    def test_half_a_year_ahead(self, tables: Cloud, sweep: Callable[..., Any], frozen: Any, heard: Any) -> None:
        emit(Remind(thing_id="a"), at=frozen.at + timedelta(days=180))
        frozen.move(days=180)
        mark(frozen.at - outbox.LOOKBACK)
        sweep(minutes=0)
        assert heard() == ["a"]

    def test_sweeping_each_minute_reads_each_slot_a_few_times(self, frozen: MovableClock) -> None:
        with recorded("Query") as queries:
            for _ in range(10):
                frozen.move(minutes=1)
                outbox.sweep()
        assert len(queries) == 10 * outbox.SHARDS * 4


class TestCatchingUp:
    def test_an_outage_of_hours(self, tables: Cloud, sweep: Callable[..., Any], frozen: Any, heard: Any) -> None:
        minutes = range(0, 300, 7)
        for minute in minutes:
            emit(Remind(thing_id=f"{minute}"), at=frozen.at + timedelta(minutes=minute))
        sweep(minutes=5 * 60)
        assert sorted(map(int, heard())) == list(minutes)
        assert tables.items("outbox") == []
        assert marks() == {frozen.at - outbox.LOOKBACK}

    def test_it_is_logged(self, frozen: MovableClock, caplog: pytest.LogCaptureFixture) -> None:
        frozen.move(minutes=7)
        outbox.sweep()
        assert "outbox sweep is behind" not in caplog.text
        frozen.move(minutes=9)
        outbox.sweep()
        assert caplog.text.count("outbox sweep is behind") == outbox.SHARDS

    def test_a_sweep_that_is_cut_short_does_not_start_over(self, frozen: MovableClock) -> None:
        began = frozen.move(hours=3)
        with pytest.raises(faults.ProcessKilled), faults.watched(kill_at=150, when="before"):
            outbox.sweep()
        assert max(marks()) == began - timedelta(hours=1)
        with recorded("Query") as queries:
            outbox.sweep()
        assert len(queries) == 61 + 3 * 183
        assert marks() == {frozen.at - outbox.LOOKBACK}

    def test_a_slow_commit_into_a_minute_already_swept(self, frozen: MovableClock, heard: Any, drain: Any) -> None:
        late = outbox.item(ids.new("evt"), Painted(thing_id="now"), None)
        deadline = outbox.item(ids.new("evt"), Remind(thing_id="deadline"), frozen.at)
        frozen.move(seconds=115)
        outbox.sweep()
        late.save()
        deadline.save()
        frozen.move(seconds=60)
        assert outbox.sweep() == 2
        drain()
        assert sorted(heard()) == ["deadline", "now"]

    def test_the_first_sweep_of_all(self, tables: Cloud, frozen: MovableClock) -> None:
        for each in Watermark.scan():
            each.delete()
        emit(Remind(thing_id="a"), at=frozen.at)
        frozen.move(minutes=59)
        assert outbox.sweep() == 1
        assert marks() == {frozen.at - outbox.LOOKBACK}

    def test_two_sweeps_at_once(self, tables: Cloud, frozen: MovableClock, drain: Any, heard: Any) -> None:
        for i in range(30):
            store(Painted(thing_id=f"{i}"))
        frozen.move(minutes=3)
        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(outbox.sweep) for _ in range(2)]:
                future.result()
        drain()
        assert sorted(map(int, heard())) == list(range(30))
        assert tables.items("outbox") == []

    def test_an_older_sweep_that_ends_last_loses_nothing(self, frozen: MovableClock, heard: Any, drain: Any) -> None:
        """It sets the watermark back: slots are swept once more, none is skipped."""
        frozen.move(minutes=10)
        outbox.sweep()
        mark(frozen.at - timedelta(minutes=10))
        emit(Remind(thing_id="a"), at=frozen.at)
        outbox.sweep()
        drain()
        assert heard() == ["a"]


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


class TestBadEvents:
    def test_an_unknown_event_is_parked_and_the_rest_goes_on(
        self, tables: Cloud, sweep: Any, heard: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        store(Unheard(thing_id="x"))
        for i in range(8):
            store(Painted(thing_id=f"{i}"))
        events._kinds.pop("Unheard")
        sweep()
        assert len(heard()) == 8
        (parked,) = tables.items("outbox")
        assert (parked["slot"]["S"], parked["kind"]["S"], parked["payload"]["S"]) == (
            outbox.PARKED,
            "Unheard",
            '{"thing_id":"x"}',
        )
        assert "unknown event parked" in caplog.text
        sweep()
        assert len(tables.items("outbox")) == 1

    def test_an_event_whose_subscribers_are_gone_is_dropped(self, tables: Cloud, frozen: MovableClock) -> None:
        store(Ignored(thing_id="x"))
        frozen.move(minutes=1)
        assert outbox.sweep() == 1
        assert (tables.items("outbox"), tables.messages("reactions")) == ([], [])

    def test_a_missing_queue_holds_up_nobody_else(
        self, tables: Cloud, frozen: MovableClock, on: Any, heard: Any, drain: Any
    ) -> None:
        """A release whose queue is not deployed yet: its events wait, the others go, the job's alarm rings."""
        started = frozen.at
        for minute in range(6):
            for i in range(12):
                store((Unheard if i == 5 else Painted)(thing_id=f"{minute}-{i}"))
            frozen.move(minutes=1)
        on(Unheard, hear, name="stuck", queue="missing")
        for _ in range(2):
            with pytest.raises(Undeliverable, match="6 events are stuck"):
                outbox.sweep()
            drain()
            assert len(heard()) == 6 * 11
        assert len(tables.items("outbox")) == 6
        assert all(at < started + timedelta(minutes=7) for at in marks())
        events._subscribers.clear()
        events._by_kind.pop(Unheard)
        on(Unheard, hear, name="unstuck")
        events._subscribers.update({each.name: each for found in events._by_kind.values() for each in found})
        outbox.sweep()
        drain()
        assert len(heard()) == 72
        assert marks() == {frozen.at - outbox.LOOKBACK}

    def test_an_sqs_that_is_down_ends_the_sweep(self, tables: Cloud, frozen: MovableClock) -> None:
        for i in range(30):
            store(Painted(thing_id=f"{i}"))
        frozen.move(minutes=1)
        with recorded("SendMessageBatch", "sqs") as calls, faults.broken("SendMessageBatch", times=99):
            with pytest.raises(Exception, match="Internal"):
                outbox.sweep()
        assert len(calls) == 1, "no trying one by one against a wall"
        assert len(tables.items("outbox")) == 30
        assert outbox.sweep() == 30


def test_the_sweep_is_the_job_of_app_py() -> None:
    assert "deliver_due_events" in jobs.names()
