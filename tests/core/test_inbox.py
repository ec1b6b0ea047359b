"""The inbox: a message that comes twice has one effect; a bad one harms only itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import aws, inbox, logs
from chalicelib.core.errors import DomainError, NotFound, PartnerUnavailable, TooBusy
from chalicelib.core.transaction import Transaction
from infra.local import faults
from tests.core.things import Gone, Painted, Remind, Thing, clear, recorded
from tests.harness import START, Cloud, MovableClock

pytestmark = pytest.mark.usefixtures("tables", "naps")


def body(thing_id: str = "a", subscriber: str = "tests.react", **more: Any) -> str:
    event = {"subscriber": subscriber, "event_id": f"evt_{thing_id}", "payload": {"thing_id": thing_id}}
    return json.dumps({**event, "correlation_id": "c-1", **more})


def batch(*bodies: str, receives: int = 1) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(receives)}
    return {
        "Records": [{"messageId": f"m{i}", "body": each, "attributes": attributes} for i, each in enumerate(bodies)]
    }


def failed(answer: dict[str, Any]) -> list[str]:
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def count(thing_id: str = "a") -> int:
    found = Thing.find(thing_id, consistent=True)
    return (found.count or 0) if found else 0


def add_one(event: Any, tx: Transaction) -> None:
    tx.update(Thing(id=event.thing_id), [Thing.count.add(1)])


class TestOnce:
    def test_a_redelivery_has_no_second_effect(self, on: Any) -> None:
        on(Painted, add_one)
        for receives in (1, 1, 2, 3):
            assert failed(inbox.handle(batch(body(), receives=receives))) == []
        assert count() == 1

    def test_twice_in_one_batch(self, on: Any) -> None:
        on(Painted, add_one)
        assert failed(inbox.handle(batch(body(), body()))) == []
        assert count() == 1

    def test_two_lambdas_at_once(self, on: Any) -> None:
        on(Painted, add_one)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: inbox.handle(batch(body())), range(4)))
        assert [failed(each) for each in answers] == [[]] * 4
        assert count() == 1

    def test_two_events_and_two_subscribers_are_four_reactions(self, on: Any) -> None:
        on(Painted, add_one, name="one")
        on(Painted, add_one, name="two")
        bodies = [body(each, f"tests.{name}") for each in "ab" for name in ("one", "two")]
        inbox.handle(batch(*bodies, *bodies))
        assert (count("a"), count("b")) == (2, 2)

    def test_what_was_done_is_not_begun_again(self, on: Any) -> None:
        """A redelivery is recognized before the subscriber calls a partner a second time."""
        begun: list[str] = []
        on(Painted, lambda event, tx: begun.append(event.thing_id))
        inbox.handle(batch(body()))
        inbox.handle(batch(body(), receives=2))
        assert begun == ["a"]

    def test_a_first_delivery_costs_no_read(self, on: Any) -> None:
        on(Painted, add_one)
        with recorded("GetItem") as reads, recorded("TransactWriteItems") as writes:
            inbox.handle(batch(body()))
        assert (len(reads), len(writes)) == (0, 1)

    def test_a_reaction_that_writes_nothing_is_remembered(self, on: Any, tables: Cloud) -> None:
        on(Painted, lambda event, tx: None)
        inbox.handle(batch(body()))
        (done,) = tables.items("inbox")
        assert done["id"]["S"] == "evt_a/tests.react"

    def test_it_forgets_after_a_month(self, on: Any, tables: Cloud, frozen: MovableClock) -> None:
        on(Painted, lambda event, tx: None)
        inbox.handle(batch(body()))
        (done,) = tables.items("inbox")
        assert int(done["expires_at"]["N"]) == int((START + timedelta(days=30)).timestamp())

    def test_its_events_are_sent_once(self, on: Any, drain: Any, tables: Cloud) -> None:
        heard: list[str] = []
        on(Painted, lambda event, tx: tx.emit(Remind(thing_id=event.thing_id)))
        on(Remind, lambda event, tx: heard.append(event.thing_id), name="remind")
        inbox.handle(batch(body(), body()))
        drain()
        assert heard == ["a"]

    def test_killed_at_every_step(self, on: Any, tables: Cloud) -> None:
        on(Painted, add_one)

        def check() -> None:
            assert failed(inbox.handle(batch(body(), receives=2))) == []
            assert count() == 1

        steps = faults.every_death(lambda: clear(tables), lambda: inbox.handle(batch(body())), check)
        assert steps == ["dynamodb TransactWriteItems"]

    def test_a_lost_answer(self, on: Any) -> None:
        on(Painted, add_one)
        with faults.lost_answer("TransactWriteItems", times=99):
            assert failed(inbox.handle(batch(body()))) == ["m0"]
        assert failed(inbox.handle(batch(body(), receives=2))) == []
        assert count() == 1


class TestFailures:
    def test_a_failing_subscriber_leaves_nothing_and_is_asked_again(self, on: Any, tables: Cloud) -> None:
        broken = [True]

        def react(event: Any, tx: Transaction) -> None:
            add_one(event, tx)
            if broken:
                raise RuntimeError("not today")

        on(Painted, react)
        with tables.unchanged():
            assert failed(inbox.handle(batch(body()))) == ["m0"]
        broken.clear()
        assert failed(inbox.handle(batch(body(), receives=2))) == []
        assert count() == 1

    def test_a_refusal_is_a_failure_too(self, on: Any, tables: Cloud) -> None:
        def react(event: Any, tx: Transaction) -> None:
            tx.update(Thing(id="a"), [Thing.count.add(-1)], only_if=Thing.count >= 1, otherwise=Gone(what="a"))

        on(Painted, react)
        with tables.unchanged():
            assert failed(inbox.handle(batch(body()))) == ["m0"]

    def test_a_lost_race_reads_again_at_once(self, on: Any, naps: list[float]) -> None:
        """Its message would come again minutes later, and ring an alarm for what is no fault."""

        def react(event: Any, tx: Transaction) -> None:
            read = count()
            if read < 2:
                Thing(id="a", count=read + 1).save()  # somebody else, in this very moment
            tx.update(Thing(id="a"), [Thing.count.add(10)], only_if=Thing.count == read, otherwise=Gone(what="a"))

        on(Painted, react)
        assert failed(inbox.handle(batch(body()))) == []
        assert (count(), len(naps)) == (12, 2)
        assert failed(inbox.handle(batch(body(), receives=2))) == []
        assert count() == 12

    @pytest.mark.parametrize(("refusal", "tries"), [(Gone(what="a"), 4), (NotFound(), 1), (PartnerUnavailable(), 1)])
    def test_only_what_may_have_changed_is_read_again(self, on: Any, refusal: DomainError, tries: int) -> None:
        """A partner that is down needs minutes, not moments."""
        begun: list[str] = []

        def react(event: Any, tx: Transaction) -> None:
            begun.append(event.thing_id)
            raise refusal

        on(Painted, react)
        assert failed(inbox.handle(batch(body()))) == ["m0"]
        assert len(begun) == tries

    def test_contention_is_a_failure_too(self, on: Any, tables: Cloud) -> None:
        on(Painted, add_one)
        with tables.unchanged(), faults.conflict(times=99):
            assert failed(inbox.handle(batch(body()))) == ["m0"]

    def test_it_fails_alone(self, on: Any) -> None:
        def react(event: Any, tx: Transaction) -> None:
            raise TooBusy

        on(Painted, react, name="bad")
        on(Painted, add_one, name="good")
        assert failed(inbox.handle(batch(body(subscriber="tests.bad"), body(subscriber="tests.good")))) == ["m0"]
        assert count() == 1

    @pytest.mark.parametrize(
        "poison",
        [
            "",
            "{",
            "[]",
            "null",
            "{}",
            '"text"',
            body(subscriber="tests.unknown"),
            body(payload={}),
            body(payload={"thing_id": None}),
            body(payload=None),
        ],
    )
    def test_poison_in_a_batch_of_ten(self, on: Any, poison: str) -> None:
        on(Painted, add_one)
        bodies = [body(f"{i}") for i in range(10)]
        bodies[4] = poison
        assert failed(inbox.handle(batch(*bodies))) == ["m4"]
        assert sum(count(f"{i}") for i in range(10)) == 9

    def test_a_subscriber_of_the_next_release_waits_for_it(self, on: Any) -> None:
        assert failed(inbox.handle(batch(body(subscriber="tests.new")))) == ["m0"]
        on(Painted, add_one, name="new")
        assert failed(inbox.handle(batch(body(subscriber="tests.new"), receives=2))) == []
        assert count() == 1

    def test_fields_of_another_release(self, on: Any) -> None:
        """A new field that this release does not know, and a default for one that the old release did not send."""
        seen: list[Painted] = []
        on(Painted, lambda event, tx: seen.append(event))
        inbox.handle(batch(body(payload={"thing_id": "a", "gloss": 3})))
        assert seen == [Painted(thing_id="a", color="red")]

    def test_a_nested_transaction_is_not_covered_by_the_inbox(self, on: Any) -> None:
        """Why a subscriber writes to the tx it is given: what it commits by itself happens again."""

        def react(event: Any, tx: Transaction) -> None:
            with Transaction() as own:
                own.update(Thing(id="own"), [Thing.count.add(1)])
            tx.update(Thing(id="given"), [Thing.count.add(1)])
            if count("own") == 1:
                raise RuntimeError("after its own transaction")

        on(Painted, react)
        assert failed(inbox.handle(batch(body()))) == ["m0"]
        assert failed(inbox.handle(batch(body(), receives=2))) == []
        assert (count("own"), count("given")) == (2, 1)


class TestThroughTheQueue:
    def test_retried_alone_until_the_dead_letters(
        self, on: Any, drain: Callable[..., Any], tables: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tries: list[str] = []

        def react(event: Any, tx: Transaction) -> None:
            tries.append(event.thing_id)
            raise RuntimeError("never")

        on(Painted, react, name="bad")
        on(Painted, add_one, name="good")
        with Transaction() as tx:
            tx.emit(Painted(thing_id="a"))
        drain(redeliver=True)
        assert len(tries) == 5
        assert [each["subscriber"] for each in tables.dead_letters()] == ["tests.bad"]
        assert count() == 1

    def test_the_correlation_id_survives_and_is_in_every_line(
        self, on: Any, drain: Callable[..., Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        lines: list[dict[str, Any]] = []
        formatter = logs.JsonFormatter()

        class Keep(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                lines.append(json.loads(formatter.format(record)))

        def react(event: Any, tx: Transaction) -> None:
            logging.getLogger("chalicelib.tests").warning("reacting", extra={"thing_id": event.thing_id})
            raise RuntimeError("no")

        on(Painted, react)
        keep = Keep()
        logging.getLogger("chalicelib").addHandler(keep)
        try:
            with logs.correlated("request-77"), Transaction() as tx:
                tx.emit(Painted(thing_id="a"))
            drain(expect_failures=True)
        finally:
            logging.getLogger("chalicelib").removeHandler(keep)
        found = {each["message"]: each["correlation_id"] for each in lines}
        assert found["reacting"] == "request-77"
        assert found["reaction failed"] == "request-77"

    def test_it_is_passed_on_to_what_the_reaction_emits(self, on: Any, drain: Callable[..., Any]) -> None:
        seen: list[str] = []
        on(Painted, lambda event, tx: tx.emit(Remind(thing_id=event.thing_id)))
        on(Remind, lambda event, tx: seen.append(logs.correlation_id()), name="remind")
        with logs.correlated("request-78"), Transaction() as tx:
            tx.emit(Painted(thing_id="a"))
        drain()
        assert seen == ["request-78"]
        assert logs.correlation_id() == ""

    def test_a_large_event_still_fits_a_message(self, on: Any, drain: Callable[..., Any]) -> None:
        sizes: list[int] = []
        on(Painted, lambda event, tx: sizes.append(len(event.color)))
        with Transaction() as tx:
            tx.emit(Painted(thing_id="a", color="红" * 20_000))
        drain()
        assert sizes == [20_000]
        assert aws.queue_url("reactions").endswith("siyu-reactions")
