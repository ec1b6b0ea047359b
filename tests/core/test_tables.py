"""Tables: attributes that keep their promise, and reads over several tables in one round trip."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import aws
from chalicelib.core.errors import TooBusy
from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.tables import DocumentAttribute, TimeAttribute, batch_get, identity, time_text
from infra.local import faults
from tests.core.things import Light, Note, Part, Thing, recorded, stored
from tests.harness import START, Cloud

offsets = st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=offsets)  # noqa: DTZ001
pytestmark = pytest.mark.usefixtures("tables", "naps")


class TestAttributes:
    def test_round_trip(self) -> None:
        notes = [Note(text="好"), Note(text="a\u2028b", stars=1)]
        Thing(id="a", count=-3, amount=MAX_AMOUNT, seen_at=START, light=Light.AMBER, notes=notes).save()
        found = stored("a")
        assert found is not None
        assert (found.count, found.amount, found.seen_at) == (-3, MAX_AMOUNT, START)
        assert (found.light, found.notes) == (Light.AMBER, notes)
        assert type(found.light) is Light

    def test_stored_as(self, tables: Cloud) -> None:
        Thing(id="a", count=7, amount=100, seen_at=START, light=Light.RED, notes=[Note(text="x")]).save()
        assert tables.items("test-things") == [
            {
                "id": {"S": "a"},
                "count": {"N": "7"},
                "amount": {"N": "100"},
                "seen_at": {"S": "2026-11-24T02:00:00.000000Z"},
                "light": {"S": "red"},
                "notes": {"S": '[{"text":"x","stars":5}]'},
            }
        ]

    @pytest.mark.parametrize("attribute", ["count", "amount"])
    @pytest.mark.parametrize("value", [1.0, 0.1 + 0.2, True, "1", Decimal(1), float("nan"), [1]])
    def test_a_number_is_a_whole_number(self, tables: Cloud, attribute: str, value: Any) -> None:
        with tables.unchanged(), pytest.raises((TypeError, AttributeError)):
            Thing(id="a", **{attribute: value}).save()

    @pytest.mark.parametrize("change", ["set", "add", "condition"])
    def test_neither_do_updates_and_conditions_take_floats(self, change: str) -> None:
        with pytest.raises((TypeError, AttributeError)):
            {
                "set": lambda: Thing(id="a").update([Thing.amount.set(1.5)]),
                "add": lambda: Thing(id="a").update([Thing.amount.add(1.5)]),
                "condition": lambda: Thing(id="a").save(condition=Thing.amount >= 1.5),
            }[change]()

    @pytest.mark.parametrize("value", [MAX_AMOUNT + 1, -MAX_AMOUNT - 1, 10**40])
    def test_money_beyond_any_sale(self, tables: Cloud, value: int) -> None:
        with tables.unchanged(), pytest.raises(ValueError, match="beyond any sale"):
            Thing(id="a", amount=value).save()
        Thing(id="a", count=10**30).save()

    def test_a_naive_time(self, tables: Cloud) -> None:
        naive = START.replace(tzinfo=None)
        with tables.unchanged(), pytest.raises(ValueError, match="without a zone"):
            Thing(id="a", seen_at=naive).save()
        with pytest.raises(ValueError, match="without a zone"):
            Thing(id="a").update([Thing.seen_at.set(naive)])

    @given(st.lists(moments, min_size=2, max_size=6))
    def test_times_sort_as_text_and_come_back(self, times: list[datetime]) -> None:
        texts = [time_text(each) for each in times]
        assert [texts.index(each) for each in sorted(texts)] == [times.index(each) for each in sorted(times)]
        assert [TimeAttribute().deserialize(each) for each in texts] == times
        assert {len(each) for each in texts} == {27}

    def test_another_zone_is_the_same_moment(self) -> None:
        shanghai = START.astimezone(timezone(timedelta(hours=8)))
        assert time_text(shanghai) == time_text(START) == "2026-11-24T02:00:00.000000Z"
        assert TimeAttribute().deserialize(time_text(shanghai)).tzinfo == UTC

    def test_a_status_that_is_none(self, tables: Cloud) -> None:
        with tables.unchanged(), pytest.raises(ValueError, match="purple"):
            Thing(id="a", light="purple").save()
        Thing(id="a", light="red").save()
        assert stored("a").light is Light.RED  # type: ignore[union-attr]

    def test_documents_of_the_release_before(self) -> None:
        raw = {"id": {"S": "a"}, "notes": {"S": '[{"text":"x"}]'}}
        aws.client("dynamodb").put_item(TableName=Thing.Meta.table_name, Item=raw)
        assert stored("a").notes == [Note(text="x", stars=5)]  # type: ignore[union-attr]

    def test_nothing_is_nothing(self, tables: Cloud) -> None:
        Thing(id="a").save()
        found = stored("a")
        assert found is not None
        assert (found.count, found.amount, found.seen_at, found.light, found.notes) == (None,) * 5
        assert tables.items("test-things") == [{"id": {"S": "a"}}]


class TestFind:
    def test_the_item_or_none(self) -> None:
        Part(owner="o", id="1", count=4).save()
        found = Part.find("o", "1")
        assert (found is not None and found.count, Part.find("o", "2"), Thing.find("x")) == (4, None, None)

    def test_deleted_is_all_under_a_key_and_nothing_else(self, tables: Cloud) -> None:
        for number in range(60):  # more than a batch
            Part(owner="gone", id=f"{number:02d}", count=1).save()
        Part(owner="stays", id="1", count=1).save()
        with recorded("Query") as calls:
            Part.delete_under("gone")
        assert {call["ConsistentRead"] for call in calls} == {True}
        assert [each["owner"]["S"] for each in tables.items("test-parts")] == ["stays"]
        with tables.unchanged():
            Part.delete_under("gone")

    def test_consistent_when_asked(self) -> None:
        with recorded("GetItem") as calls:
            Thing.find("a")
            Thing.find("a", consistent=True)
        assert [call.get("ConsistentRead", False) for call in calls] == [False, True]

    def test_all_models_share_one_client(self) -> None:
        clients = {id(model._get_connection().connection.client) for model in (Thing, Part)}
        assert clients == {id(aws.client("dynamodb"))}

    def test_a_fault_is_not_absence(self) -> None:
        with faults.broken("GetItem", times=9), pytest.raises(Exception, match="Internal"):
            Thing.find("a")


class TestBatchGet:
    @pytest.mark.dynoxide
    def test_several_tables_in_one_round_trip(self, tables: Cloud) -> None:
        Thing(id="a", count=1).save()
        for each in "12":
            Part(owner="o", id=each).save()
        with recorded("BatchGetItem") as calls:
            found = batch_get({Thing: ["a", "missing"], Part: [("o", "1"), ("o", "2"), ("x", "1")]})
        assert len(calls) == 1
        assert found[Thing].keys() == {"a"}
        assert found[Part].keys() == {("o", "1"), ("o", "2")}
        assert (found[Thing]["a"].count, found[Part][("o", "1")].owner) == (1, "o")

    def test_more_than_a_hundred_keys_over_two_tables(self) -> None:
        for i in range(130):
            Thing(id=f"{i}").save()
        for i in range(5):
            Part(owner="o", id=f"{i}").save()
        wanted = {Thing: [f"{i}" for i in range(140)], Part: [("o", f"{i}") for i in range(130)]}
        with recorded("BatchGetItem") as calls:
            found = batch_get(wanted)
        assert [sum(len(each["Keys"]) for each in call["RequestItems"].values()) for call in calls] == [100, 100, 70]
        assert (len(found[Thing]), len(found[Part])) == (130, 5)

    def test_keys_asked_for_twice(self) -> None:
        Thing(id="a").save()
        assert batch_get({Thing: ["a", "a"]})[Thing].keys() == {"a"}

    def test_nothing_wanted_nothing_asked(self) -> None:
        with recorded("BatchGetItem") as calls:
            assert batch_get({}) == {}
            assert batch_get({Thing: [], Part: iter(())}) == {Thing: {}, Part: {}}
        assert calls == []

    def test_unprocessed_keys_are_asked_for_again(self, naps: list[float]) -> None:
        for i in range(20):
            Thing(id=f"{i}").save()
            Part(owner="o", id=f"{i}").save()
        wanted = {Thing: [f"{i}" for i in range(20)], Part: [("o", f"{i}") for i in range(20)]}
        with faults.unprocessed("BatchGetItem", times=3), recorded("BatchGetItem") as calls:
            found = batch_get(wanted, consistent=[Part])
        assert (len(found[Thing]), len(found[Part]), len(calls)) == (20, 20, 4)
        for call in calls:
            assert not call["RequestItems"].get(Thing.Meta.table_name, {}).get("ConsistentRead")
            assert call["RequestItems"].get(Part.Meta.table_name, {"ConsistentRead": True})["ConsistentRead"]
        assert naps == sorted(naps)

    def test_unprocessed_for_good(self, naps: list[float]) -> None:
        with faults.unprocessed("BatchGetItem", times=99), pytest.raises(TooBusy):
            batch_get({Thing: [f"{i}" for i in range(90)]})
        assert sum(naps) < 2

    def test_consistent_for_all_or_some(self) -> None:
        with recorded("BatchGetItem") as calls:
            for consistent in (False, True, [Part]):
                batch_get({Thing: ["a"], Part: [("o", "1")]}, consistent=consistent)
        asked = [[each["ConsistentRead"] for each in call["RequestItems"].values()] for call in calls]
        assert asked == [[False, False], [True, True], [False, True]]


def test_identity() -> None:
    assert identity(Thing(id="a")) == ("siyu-test-things", "a")
    assert identity(Part(owner="o", id="1")) == ("siyu-test-parts", ("o", "1"))


def test_a_sparse_document_leaves_out_what_has_its_default() -> None:
    attribute = DocumentAttribute[list[Note]](list[Note], sparse=True)
    notes = [Note(text="x"), Note(text="y", stars=1), Note(text="z", stars=5)]
    text = attribute.serialize(notes)
    assert text == '[{"text":"x"},{"text":"y","stars":1},{"text":"z"}]'
    assert attribute.deserialize(text) == notes
