"""Old items brought to what a release wants: page by page, with a place kept, twice without harm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import backfill, jobs
from chalicelib.core.backfill import Backfill, Fill, Progress
from tests.core.things import Thing
from tests.harness import Cloud, MovableClock


@pytest.fixture(autouse=True)
def _small_pages(tables: Cloud, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PAGE", 10)


@pytest.fixture
def things() -> Callable[[], dict[str, int | None]]:
    """25 old things without a count; ``things()``: the counts now."""
    for number in range(25):
        Thing(id=f"t{number:02}", amount=number).save()

    def counts() -> dict[str, int | None]:
        return {each.id: each.count for each in Thing.scan()}

    return counts


def count_it(thing: Thing) -> Fill | None:
    if thing.count is not None:
        return None
    return Fill([Thing.count.set(thing.amount or 0)], only_if=Thing.count.does_not_exist())


COUNT = Backfill("things-count", Thing, count_it)


def test_every_old_item_gets_what_it_lacks(things: Any, frozen: MovableClock) -> None:
    Thing(id="new", count=7).save()
    progress = backfill.advance(COUNT, frozen.at + timedelta(minutes=4))
    assert (progress.seen, progress.changed, progress.finished_at) == (26, 25, frozen.at)
    assert things() == {f"t{number:02}": number for number in range(25)} | {"new": 7}
    stored = Progress.get("things-count")
    assert (stored.seen, stored.changed, stored.position) == (26, 25, None)


def test_it_ends_with_its_time_and_goes_on_where_it_stopped(things: Any, frozen: MovableClock) -> None:
    first = backfill.advance(COUNT, frozen.at)  # one page
    assert (first.seen, first.finished_at) == (10, None)
    assert sum(count is not None for count in things().values()) == 10
    assert backfill.advance(COUNT, frozen.at).seen == 20
    frozen.move(minutes=10)
    last = backfill.advance(COUNT, frozen.at + timedelta(minutes=4))
    assert (last.seen, last.changed, last.finished_at) == (25, 25, frozen.at)
    assert last.begun_at < frozen.at


def test_what_is_finished_is_not_begun_again(things: Any, frozen: MovableClock, cloud: Cloud) -> None:
    backfill.advance(COUNT, frozen.at + timedelta(minutes=4))
    Thing(id="late").save()
    with cloud.unchanged():
        assert backfill.advance(COUNT, frozen.at + timedelta(minutes=4)).seen == 25


def test_a_run_that_dies_within_a_page_sees_it_again_and_changes_nothing_twice(
    things: Any, frozen: MovableClock
) -> None:
    met: list[str] = []

    def dying(thing: Thing) -> Fill | None:
        met.append(thing.id)
        if len(met) == 15:
            raise RuntimeError("killed")
        return count_it(thing)

    with pytest.raises(RuntimeError):
        backfill.advance(Backfill("things-count", Thing, dying), frozen.at + timedelta(minutes=4))
    assert Progress.get("things-count").seen == 10
    progress = backfill.advance(COUNT, frozen.at + timedelta(minutes=4))
    assert progress.seen == 25
    assert progress.changed == 21  # four of the second page were changed by the run that died
    assert None not in things().values()


def test_a_write_of_the_mall_in_between_wins(things: Any, frozen: MovableClock) -> None:
    def slow(thing: Thing) -> Fill | None:
        fill = count_it(thing)
        if thing.id == "t03":
            Thing(id="t03", count=99).save()  # the mall, meanwhile
        if thing.id == "t04":
            Thing(id="t04").delete()
        return fill

    progress = backfill.advance(Backfill("things-count", Thing, slow), frozen.at + timedelta(minutes=4))
    assert progress.changed == 23
    assert things()["t03"] == 99
    assert "t04" not in things()


def test_two_at_once_do_nothing_twice(things: Any, frozen: MovableClock) -> None:
    other: list[Progress] = []

    def interrupted(thing: Thing) -> Fill | None:
        if not other:
            other.append(backfill.advance(COUNT, frozen.at))
        return count_it(thing)

    progress = backfill.advance(Backfill("things-count", Thing, interrupted), frozen.at + timedelta(minutes=4))
    assert progress.seen == 0, "it saw that it was overtaken, and stopped"
    assert Progress.get("things-count").seen == 10
    backfill.advance(COUNT, frozen.at + timedelta(minutes=4))
    assert None not in things().values()


def test_the_job_works_on_what_is_plugged(things: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "sources", [])
    monkeypatch.setattr(backfill, "plugged", [COUNT])
    assert jobs.run("run_backfills") == {"things-count": "finished, 25 seen, 25 changed"}
    assert jobs.run("run_backfills") == {"things-count": "finished, 25 seen, 25 changed"}
    monkeypatch.setattr(backfill, "plugged", [])
    assert jobs.run("run_backfills") == {}
