"""The sweep: deadlines come when they are due and not before; what an outage left is caught up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import events, ids, jobs, outbox
from chalicelib.core.outbox import Undeliverable, Watermark
from infra.local import faults
from tests.core.things import Ignored, Painted, Remind, Unheard, emit, hear, mark, marks, recorded, store
from tests.harness import Cloud, MovableClock

pytestmark = pytest.mark.usefixtures("tables", "naps", "swept", "heard")


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
        assert all(each["ConsistentRead"] for each in queries), "a stale read would skip what was just committed"


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
        down = faults.broken("SendMessageBatch", times=99)
        with recorded("SendMessageBatch", "sqs") as calls, down, pytest.raises(ClientError, match="Internal"):
            outbox.sweep()
        assert len(calls) == 1, "no trying one by one against a wall"
        assert len(tables.items("outbox")) == 30
        assert outbox.sweep() == 30


def test_the_sweep_is_the_job_of_app_py() -> None:
    assert "deliver_due_events" in jobs.names()
