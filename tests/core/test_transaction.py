"""The transaction: all or nothing, each write with its own refusal."""

# ruff: noqa: PT012, SIM117 - what is refused is the whole block

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core.errors import DomainError
from chalicelib.core.tables import identity
from chalicelib.core.transaction import Transaction, witnessed_by
from infra.local import faults
from tests.core.things import Gone, Ignored, Painted, Part, Remind, Taken, Thing, put_new, recorded, stored
from tests.harness import Cloud, MovableClock

pytestmark = pytest.mark.usefixtures("tables", "naps")


class TestWrites:
    def test_all_four_kinds_together(self) -> None:
        Thing(id="old", count=1).save()
        Thing(id="updated", count=1).save()
        Thing(id="checked", count=7).save()
        with Transaction() as tx:
            tx.put(Thing(id="new", count=3))
            tx.update(Thing(id="updated"), [Thing.count.add(5)])
            tx.delete(Thing(id="old"))
            tx.check(Thing(id="checked"), only_if=Thing.count == 7, otherwise=Gone(what="it"))
        assert stored("old") is None
        assert [stored(each).count for each in ("new", "updated", "checked")] == [3, 6, 7]  # type: ignore[union-attr]

    @pytest.mark.dynoxide
    def test_conditions_that_hold(self, tables: Cloud) -> None:
        Thing(id="a", count=1).save()
        with Transaction() as tx:
            tx.update(Thing(id="a"), [Thing.count.add(-1)], only_if=Thing.count >= 1, otherwise=Gone(what="a"))
            put_new(tx, "b", count=2)
        found = {item["id"]["S"]: item["count"]["N"] for item in tables.items("test-things")}
        assert found == {"a": "0", "b": "2"}

    def test_a_put_keeps_the_item_as_it_was_then(self) -> None:
        thing = Thing(id="a", count=1)
        with Transaction() as tx:
            tx.put(thing)
            thing.count = 99
        assert stored("a").count == 1  # type: ignore[union-attr]

    def test_nothing_asked_nothing_sent(self) -> None:
        with recorded("TransactWriteItems") as calls, Transaction():
            pass
        assert calls == []

    def test_an_exception_in_the_block_writes_nothing(self, tables: Cloud) -> None:
        with tables.unchanged(), pytest.raises(ZeroDivisionError), Transaction() as tx:
            tx.put(Thing(id="a"))
            tx.emit(Painted(thing_id="a"))
            raise ZeroDivisionError

    def test_a_transaction_opened_inside_stands_alone(self) -> None:
        with pytest.raises(ZeroDivisionError), Transaction() as outer:
            outer.put(Thing(id="outer"))
            with Transaction() as inner:
                inner.put(Thing(id="inner"))
            raise ZeroDivisionError
        assert stored("inner")
        assert not stored("outer")

    def test_commit_by_hand_then_the_end_of_the_block_writes_once(self) -> None:
        with recorded("TransactWriteItems") as calls, Transaction() as tx:
            tx.put(Thing(id="a"))
            tx.commit()
        assert len(calls) == 1


class TestMisuse:
    @pytest.mark.parametrize(
        "second",
        [
            lambda tx: tx.put(Part(owner="o", id="1")),
            lambda tx: tx.update(Part(owner="o", id="1"), [Part.count.add(1)]),
            lambda tx: tx.delete(Part(owner="o", id="1")),
            lambda tx: tx.check(Part(owner="o", id="1"), only_if=Part.id.exists(), otherwise=Taken()),
        ],
    )
    def test_two_writes_on_one_item(self, tables: Cloud, second: Any) -> None:
        with tables.unchanged(), pytest.raises(ValueError, match="two writes on one item"), Transaction() as tx:
            tx.put(Part(owner="o", id="1"))
            second(tx)

    def test_same_key_in_two_tables_are_two_items(self) -> None:
        with Transaction() as tx:
            tx.put(Thing(id="x"))
            tx.put(Part(owner="x", id="x"))
            tx.put(Part(owner="x", id="y"))
        assert identity(Part(owner="x", id="y")) == (Part.Meta.table_name, ("x", "y"))

    def test_a_hundred_writes_fit(self, tables: Cloud) -> None:
        with Transaction() as tx:
            for i in range(100):
                tx.put(Thing(id=str(i)))
        assert len(tables.items("test-things")) == 100

    def test_one_more_does_not(self, tables: Cloud) -> None:
        with tables.unchanged(), pytest.raises(ValueError, match="more than 100"), Transaction() as tx:
            for i in range(101):
                tx.put(Thing(id=str(i)))

    def test_events_and_deadlines_count(self, tables: Cloud, frozen: MovableClock, on: Any) -> None:
        on(Painted, lambda event, tx: None)
        on(Remind, lambda event, tx: None, name="remind")
        with Transaction() as tx:
            for i in range(98):
                tx.put(Thing(id=str(i)))
            tx.emit(Painted(thing_id="1"))
            tx.emit(Remind(thing_id="1"), at=frozen.at)
            tx.emit(Ignored(thing_id="1"))  # nobody listens: no write
        with tables.unchanged(), pytest.raises(ValueError, match="more than 100"), Transaction() as tx:
            for i in range(100):
                tx.put(Thing(id=f"again{i}"))
            tx.emit(Painted(thing_id="1"))

    def test_an_update_changes_something(self, tables: Cloud) -> None:
        with tables.unchanged(), pytest.raises(ValueError, match="changes nothing"), Transaction() as tx:
            tx.update(Thing(id="a"), [])

    def test_a_condition_goes_with_a_refusal(self, tables: Cloud) -> None:
        with tables.unchanged(), pytest.raises(ValueError, match="go together"), Transaction() as tx:
            tx.put(Thing(id="a"), only_if=Thing.id.does_not_exist())
        with tables.unchanged(), pytest.raises(ValueError, match="go together"), Transaction() as tx:
            tx.put(Thing(id="a"), otherwise=Taken())


class TestRefusals:
    @pytest.mark.dynoxide
    def test_the_write_whose_condition_failed_gives_the_refusal(self, tables: Cloud) -> None:
        """In call order, though checks, deletes, puts and updates are mixed."""
        Thing(id="taken", count=1).save()
        for failing in range(4):
            with tables.unchanged(), pytest.raises(Gone) as caught, Transaction() as tx:
                for i in range(4):
                    holds = Thing.id.exists() if i == failing else Thing.id.does_not_exist()
                    item, refusal = Thing(id=f"{i}"), Gone(what=f"{i}")
                    match i:
                        case 0:
                            tx.update(item, [Thing.count.set(1)], only_if=holds, otherwise=refusal)
                        case 1:
                            tx.put(item, only_if=holds, otherwise=refusal)
                        case 2:
                            tx.check(item, only_if=holds, otherwise=refusal)
                        case 3:
                            tx.delete(item, only_if=holds, otherwise=refusal)
            assert caught.value.details == {"what": str(failing)}

    @pytest.mark.dynoxide
    def test_of_several_the_first_in_call_order(self, tables: Cloud) -> None:
        Thing(id="b", count=0).save()
        with tables.unchanged(), pytest.raises(Gone) as caught, Transaction() as tx:
            put_new(tx, "a")
            tx.update(Thing(id="b"), [Thing.count.add(-1)], only_if=Thing.count >= 1, otherwise=Gone(what="b"))
            put_new(tx, "b2")
            tx.check(Thing(id="c"), only_if=Thing.id.exists(), otherwise=Gone(what="c"))
        assert caught.value.details == {"what": "b"}

    @pytest.mark.dynoxide
    def test_a_callable_sees_the_item_as_it_was(self, tables: Cloud) -> None:
        Thing(id="a", count=3).save()
        seen: list[Any] = []

        def refuse(old: dict[str, Any] | None) -> DomainError:
            seen.append(old)
            return Gone(what="a")

        for thing_id in ("a", "missing"):
            with tables.unchanged(), pytest.raises(Gone), Transaction() as tx:
                tx.update(Thing(id=thing_id), [Thing.count.add(-9)], only_if=Thing.count >= 9, otherwise=refuse)
        assert seen == [{"id": {"S": "a"}, "count": {"N": "3"}}, None]

    def test_without_a_callable_the_item_is_not_asked_for(self) -> None:
        with recorded("TransactWriteItems") as calls, Transaction() as tx:
            put_new(tx, "a")
        assert "ReturnValuesOnConditionCheckFailure" not in calls[0]["TransactItems"][0]["Put"]

    def test_a_refused_transaction_sends_no_event(self, tables: Cloud, on: Any) -> None:
        on(Painted, lambda event, tx: None)
        Thing(id="a").save()
        with tables.unchanged(), pytest.raises(Taken), Transaction() as tx:
            tx.emit(Painted(thing_id="a"))
            put_new(tx, "a")

    def test_the_refusal_does_not_drag_the_client_error_along(self) -> None:
        Thing(id="a").save()
        with pytest.raises(Taken) as caught, Transaction() as tx:
            put_new(tx, "a")
        assert caught.value.__suppress_context__


class TestWitness:
    def test_every_transaction_inside_holds_what_the_witness_adds(self, tables: Cloud) -> None:
        count = iter("123")
        with witnessed_by(lambda tx: tx.put(Part(owner="log", id=next(count)))):
            for each in "ab":
                with Transaction() as tx:
                    tx.put(Thing(id=each))
        assert sorted(item["id"]["S"] for item in tables.items("test-parts")) == ["1", "2"]

    def test_one_transaction_with_the_writes(self) -> None:
        with recorded("TransactWriteItems") as calls, witnessed_by(lambda tx: tx.put(Part(owner="log", id="1"))):
            with Transaction() as tx:
                tx.put(Thing(id="a"))
        assert [list(each) for each in calls[0]["TransactItems"]] == [["Put"], ["Put"]]

    def test_a_refused_change_leaves_no_trace(self, tables: Cloud) -> None:
        Thing(id="a").save()
        with tables.unchanged(), witnessed_by(lambda tx: tx.put(Part(owner="log", id="1"))):
            with pytest.raises(Taken), Transaction() as tx:
                put_new(tx, "a")

    def test_no_writes_no_witness(self, tables: Cloud) -> None:
        with tables.unchanged(), witnessed_by(lambda tx: tx.put(Part(owner="log", id="1"))), Transaction():
            pass

    def test_an_event_alone_is_witnessed(self, tables: Cloud, on: Any) -> None:
        on(Painted, lambda event, tx: None)
        with witnessed_by(lambda tx: tx.put(Part(owner="log", id="1"))), Transaction() as tx:
            tx.emit(Painted(thing_id="a"))
        assert len(tables.items("test-parts")) == 1

    def test_it_ends_with_its_block_even_when_that_raises(self, tables: Cloud) -> None:
        with pytest.raises(ZeroDivisionError), witnessed_by(lambda tx: tx.put(Part(owner="log", id="1"))):
            raise ZeroDivisionError
        with Transaction() as tx:
            tx.put(Thing(id="a"))
        assert tables.items("test-parts") == []

    def test_a_witness_sees_its_own_thread_only(self, tables: Cloud) -> None:
        def write(thing_id: str) -> None:
            with Transaction() as tx:
                tx.put(Thing(id=thing_id))

        with witnessed_by(lambda tx: tx.put(Part(owner="log", id="1"))), ThreadPoolExecutor(1) as pool:
            pool.submit(write, "other").result()
        assert stored("other")
        assert tables.items("test-parts") == []


def test_a_counter_under_threads_never_goes_below_zero(tables: Cloud) -> None:
    Thing(id="stock", count=20).save()

    def take(number: int) -> bool:
        try:
            with Transaction() as tx:
                tx.update(Thing(id="stock"), [Thing.count.add(-1)], only_if=Thing.count >= 1, otherwise=Gone(what="s"))
                put_new(tx, f"order{number}")
        except Gone:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(take, range(40)))
    assert taken == 20
    assert stored("stock").count == 0  # type: ignore[union-attr]
    assert len(tables.items("test-things")) == 21


def test_an_event_that_can_not_be_sent_never_fails_the_commit(tables: Cloud, on: Any) -> None:
    """SQS fails, or takes it and the outbox item can not be deleted: the writes stand, and the caller is told so."""
    on(Painted, lambda event, tx: None)
    for operation in ("SendMessageBatch", "BatchWriteItem"):
        with faults.broken(operation, times=9), Transaction() as tx:
            tx.put(Thing(id=operation))
            tx.emit(Painted(thing_id=operation))
        assert stored(operation)
    assert len(tables.items("outbox")) == 2
