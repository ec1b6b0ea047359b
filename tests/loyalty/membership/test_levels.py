"""Levels: up at once, held for a period, down once; what a refund and an edited ladder do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core import clock, outbox
from chalicelib.core.errors import TooBusy
from chalicelib.core.ledgers import AccountMoved, insistently
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership import service as membership
from chalicelib.loyalty.membership.errors import MembershipMoved
from chalicelib.loyalty.membership.levels import service
from chalicelib.loyalty.membership.levels.service import Standing, decide, end, standing_of
from chalicelib.loyalty.membership.models import Membership
from chalicelib.loyalty.segments.members import service as facts
from chalicelib.mall.identity.members.events import MemberRegistered
from chalicelib.mall.identity.members.models import Member
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.factories import Counter, staff
from tests.loyalty.membership.factories import (
    STEPS,
    balance,
    board,
    give,
    held,
    ladder,
    ladder_of,
    level,
    posted,
    require_sound,
    row,
    take,
)
from tests.loyalty.segments.factories import active, in_segment

Do = Callable[..., Any]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def jump(sweep: Do, frozen: MovableClock, to: datetime, **how: Any) -> None:
    """Time passes; the sweeps of the days in between found nothing, so only the last minutes are looked at."""
    frozen.set(to - timedelta(minutes=2))
    for shard in range(outbox.SHARDS):
        outbox.Watermark(id=f"outbox#{shard}", swept_to=frozen.at - timedelta(minutes=2)).save()
    sweep(**how)


class TestUp:
    def test_at_once_and_told(self, counter: Counter, drain: Do) -> None:
        ladder()
        me = counter.shopper.id
        give(me, 499)
        assert level(me) == "basic"
        give(me, 1, "one more")
        assert level(me) == "silver", "in the same transaction"
        drain(twice=True)
        assert board(me)["level"] == "silver"
        shown = counter.buyer.get("/me/membership").ok()
        assert (shown["level"]["id"], shown["growth"]) == ("silver", 500)
        assert shown["next"] == {"id": "gold", "name": "Gold", "growth": 1000, "missing": 500}
        assert shown["ends_at"] == "2027-11-24T16:00:00Z", "the end of the business day a year later"
        assert (shown["gained"], shown["to_keep"]) == (0, 500)
        require_sound(me)

    def test_several_steps_at_once(self, counter: Counter, drain: Do) -> None:
        ladder()
        give(counter.shopper.id, 5000)
        assert held(counter.shopper.id) == ["basic", "silver", "gold", "platinum"]
        assert counter.buyer.get("/me/membership").ok()["next"] is None
        drain()
        require_sound(counter.shopper.id)

    def test_who_registers_begins_below(self, counter: Counter, drain: Do) -> None:
        ladder()
        with Transaction() as tx:
            tx.emit(MemberRegistered(member_id=counter.shopper.id))
        drain(twice=True)
        assert (row(counter.shopper.id).version, board(counter.shopper.id)["level"]) == (1, "basic")
        assert counter.buyer.get("/me/membership").ok()["ends_at"] is None

    def test_without_a_ladder_everybody_is_a_member(self, counter: Counter) -> None:
        shown = counter.buyer.get("/me/membership").ok()
        assert (shown["level"]["name"], shown["next"], shown["since"]) == ("普通会员", None, None)

    def test_segments_and_points_read_it(self, counter: Counter, http: Client, drain: Do) -> None:
        ladder(benefits={"gold": {"priority_service": True}})
        rule = {"field": "level", "op": "in", "words": ["gold", "platinum"]}
        vip = active(staff(http, "segments.read", "segments.write"), rule)
        drain()
        give(counter.shopper.id, 1000)
        drain(twice=True)
        assert in_segment(vip) == {counter.shopper.id}
        assert board(counter.shopper.id)["priority"] is True
        take(counter.shopper.id, 100)
        drain(twice=True)
        assert in_segment(vip) == set()
        assert "priority" not in board(counter.shopper.id)
        assert facts.show(counter.shopper.id).segments == []

    def test_the_board_ends_with_the_row(self, counter: Counter, cloud: Cloud) -> None:
        """A reaction that read the level before it changed writes nothing."""
        ladder()
        me = counter.shopper.id
        give(me, 500)
        found = service.load(me)
        give(me, 500, "more")
        member = Member.find(me)
        assert member is not None
        with cloud.unchanged(), pytest.raises(MembershipMoved):
            membership._post(member, found)
        with Transaction() as tx:
            membership.announce(tx, me)
        assert board(me)["level"] == "gold"


def announced(member_id: str, name: str, ends_at: datetime) -> list[str]:
    """What the deadline before the end of that period announces."""
    with Transaction() as tx:
        service.remind(tx, member_id, name, ends_at)
        return [type(event).__name__ for event, _ in tx._events]


class TestPeriod:
    def test_a_reminder_a_fortnight_before_it_is_lost(self, counter: Counter, frozen: MovableClock) -> None:
        ladder(keep={"silver": 100})
        me = counter.shopper.id
        give(me, 500)
        due = row(me).held[-1].ends_at
        (deadline,) = [each.due_at for each in outbox.OutboxItem.scan() if each.kind.endswith("CheckLevelEnd")]
        assert deadline == due - timedelta(days=14)
        frozen.set(deadline)
        assert announced(me, "silver", due) == ["LevelEnding"]
        assert announced(me, "gold", due) == announced(me, "silver", due + timedelta(days=1)) == []
        give(me, 99, "a")
        assert announced(me, "silver", due) == ["LevelEnding"]
        give(me, 1, "b")
        assert announced(me, "silver", due) == [], "it is kept"
        take(me, 1, "c")
        assert announced(me, "silver", due) == ["LevelEnding"]
        frozen.set(due)
        assert announced(me, "silver", due) == [], "it is decided, not told"

    def test_kept(self, counter: Counter, sweep: Do, frozen: MovableClock, drain: Do) -> None:
        ladder(keep={"silver": 100})
        me = counter.shopper.id
        give(me, 500)
        give(me, 99, "a")
        give(me, 1, "b")
        jump(sweep, frozen, row(me).held[-1].ends_at, twice=True)
        assert (level(me), board(me)["level"]) == ("silver", "silver")
        assert row(me).held[-1].ends_at == clock.day_start(clock.today().replace(year=2028) + timedelta(days=1))
        give(me, 400, "c")
        assert level(me) == "gold", "who keeps the level loses nothing: 600 and 400"
        drain()
        require_sound(me)

    def test_one_step_down_and_what_counts_then(
        self, counter: Counter, sweep: Do, frozen: MovableClock, drain: Do
    ) -> None:
        ladder()
        me = counter.shopper.id
        give(me, 3000)
        give(me, 400, "in the period")
        jump(sweep, frozen, row(me).held[-1].ends_at, twice=True)
        assert (level(me), board(me)["level"], held(me)) == ("gold", "gold", ["gold"])
        shown = counter.buyer.get("/me/membership").ok()
        assert (shown["growth"], shown["next"]["missing"], shown["gained"]) == (400, 2600, 0)
        give(me, 2599, "not quite")
        assert level(me) == "gold"
        give(me, 1, "there")
        assert level(me) == "platinum"
        drain()
        require_sound(me)

    def test_to_what_was_earned(self, counter: Counter, sweep: Do, frozen: MovableClock) -> None:
        ladder(fall="to_earned")
        give(counter.shopper.id, 3000)
        give(counter.shopper.id, 600, "in the period")
        jump(sweep, frozen, row(counter.shopper.id).held[-1].ends_at)
        assert (level(counter.shopper.id), held(counter.shopper.id)) == ("silver", ["silver"])

    def test_never_twice_for_one_period(self, counter: Counter, frozen: MovableClock, drain: Do) -> None:
        """Not by a deadline that comes again, and not by an outage that was longer than two periods."""
        ladder()
        me = counter.shopper.id
        give(me, 3000)
        due = row(me).held[-1].ends_at
        assert due is not None
        frozen.set(due + timedelta(days=1000))
        for _ in range(2):
            with Transaction() as tx:
                service.end_period(tx, me, "platinum", due)
            drain(twice=True)
        assert (level(me), row(me).held[-1].ends_at) == ("gold", service.period_end(frozen.at, 12))
        require_sound(me)

    def test_a_deadline_that_no_longer_counts(self, counter: Counter, frozen: MovableClock, cloud: Cloud) -> None:
        ladder()
        me = counter.shopper.id
        give(me, 500)
        due = row(me).held[-1].ends_at
        assert due is not None
        with cloud.unchanged(), Transaction() as tx:
            service.end_period(tx, me, "silver", due)
        give(me, 500, "gold")
        frozen.set(due)
        with cloud.unchanged(), Transaction() as tx:
            service.end_period(tx, me, "silver", due)

    def test_growth_in_the_last_moment(self, counter: Counter, frozen: MovableClock) -> None:
        """Whoever decides on a value that has changed is refused, and decides again."""
        ladder(keep={"silver": 100})
        me = counter.shopper.id
        give(me, 500)
        due = row(me).held[-1].ends_at
        assert due is not None
        frozen.set(due)
        tx = Transaction()
        service.end_period(tx, me, "silver", due)
        give(me, 100, "just in time")
        with pytest.raises(MembershipMoved):
            tx.commit()
        with Transaction() as tx:
            service.end_period(tx, me, "silver", due)
        assert level(me) == "silver"

    def test_for_good(self, counter: Counter) -> None:
        ladder(period_months=0)
        give(counter.shopper.id, 1000)
        assert [each.ends_at for each in row(counter.shopper.id).held] == [None, None, None]

    @pytest.mark.parametrize(
        ("day", "months", "last"),
        [("2026-11-24", 12, "2027-11-24"), ("2027-01-31", 1, "2027-02-28"), ("2028-02-29", 12, "2029-02-28")],
    )
    def test_months(self, day: str, months: int, last: str, cloud: Cloud) -> None:
        at = datetime.fromisoformat(day + "T10:00:00+08:00")
        assert service.period_end(at, months) == datetime.fromisoformat(last + "T00:00:00+08:00") + timedelta(days=1)


class TestRefunds:
    def test_the_level_below_comes_back_with_its_period(
        self, counter: Counter, frozen: MovableClock, drain: Do
    ) -> None:
        """Buying and returning makes no period longer."""
        ladder()
        me = counter.shopper.id
        give(me, 500)
        before = row(me).held[-1]
        frozen.move(days=300)
        give(me, 5000, "a large order")
        assert level(me) == "platinum"
        take(me, 5000)
        assert row(me).held[-1] == before
        drain()
        require_sound(me)

    def test_the_period_is_over_meanwhile(self, counter: Counter, frozen: MovableClock, drain: Do, sweep: Do) -> None:
        ladder()
        me = counter.shopper.id
        give(me, 500)
        frozen.move(days=300)
        give(me, 500, "an order")
        frozen.move(days=100)
        take(me, 500)
        assert level(me) == "silver"
        sweep(twice=True)
        sweep(twice=True)
        assert (level(me), board(me)["level"]) == ("basic", "basic"), "silver would have ended a month ago"
        require_sound(me)

    def test_what_was_kept_stays(self, counter: Counter, frozen: MovableClock, sweep: Do) -> None:
        ladder(keep={"gold": 0})
        me = counter.shopper.id
        give(me, 1000)
        jump(sweep, frozen, row(me).held[-1].ends_at)
        take(me, 900)
        assert level(me) == "gold", "held by the last decision, until the end of the period"


@pytest.mark.dynoxide
def test_growth_and_deadline_at_once(counter: Counter, frozen: MovableClock, drain: Do) -> None:
    """Whoever comes first: the level is either kept and grown, or fallen and climbed; never a level of old growth."""
    ladder()
    me = counter.shopper.id
    give(me, 500)
    due = row(me).held[-1].ends_at
    assert due is not None
    frozen.set(due)

    def decide_now() -> None:
        with Transaction() as tx:
            service.end_period(tx, me, "silver", due)

    def one(number: int) -> None:
        with suppress(AccountMoved, TooBusy):
            insistently(decide_now if number % 2 else lambda: give(me, 100, f"n{number}"))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, range(10)))
    for number in range(0, 10, 2):
        if not posted(me, "given", f"n{number}"):
            give(me, 100, f"n{number}")
    decide_now()
    drain()
    assert balance(me) == 1000
    # Kept at 500 gained, then gold at 1000; or fallen to basic with what was gained, then silver at 500.
    assert level(me) in ("gold", "silver")
    require_sound(me)


class TestLadderEdits:
    def desk(self, http: Client) -> Client:
        return staff(http, "membership.read", "membership.write", "segments.read")

    def put(self, desk: Client, **more: Any) -> Any:
        now = desk.get("/admin/levels").ok()
        body = {"ladder": ladder_of(*more.pop("steps", ()), **more).model_dump(mode="json"), "version": now["version"]}
        return desk.put("/admin/levels", json=body)

    def test_raised_by_the_walk_lowered_by_none(self, counter: Counter, http: Client, drain: Do) -> None:
        desk, me = self.desk(http), counter.shopper.id
        self.put(desk).ok()
        give(me, 900)
        drain()
        ends = row(me).held[-1].ends_at
        edited = self.put(desk, steps=(("basic", 0), ("silver", 300), ("gold", 800))).ok()
        drain(twice=True)
        assert (level(me), board(me)["level"]) == ("gold", "gold")
        walk = desk.get(f"/admin/segment-runs/{edited['run_id']}").ok()
        assert (walk["done"], walk["seen"]) == (True, 1)
        self.put(desk, steps=(("basic", 0), ("silver", 3000), ("gold", 8000))).ok()
        drain(twice=True)
        assert level(me) == "gold", "until the end of its period"
        take(me, 101)
        assert (level(me), row(me).held[-1].ends_at) == ("silver", ends), "reached at 800, which is not there any more"
        drain()
        require_sound(me)

    def test_at_the_next_event(self, counter: Counter) -> None:
        ladder()
        give(counter.shopper.id, 400)
        ladder(("basic", 0), ("silver", 300))
        assert level(counter.shopper.id) == "basic"
        give(counter.shopper.id, 1, "any")
        assert level(counter.shopper.id) == "silver"

    def test_a_level_that_is_gone(self, counter: Counter, http: Client, drain: Do) -> None:
        ladder()
        me = counter.shopper.id
        give(me, 1000)
        drain()
        ends = row(me).held[-1].ends_at
        self.put(self.desk(http), steps=(("basic", 0), ("bronze", 700), ("diamond", 9000))).ok()
        assert level(me) == "bronze", "at once: the highest that is not above it"
        drain(twice=True)
        assert (held(me), row(me).held[-1].ends_at, board(me)["level"]) == (["basic", "bronze"], ends, "bronze")

    def test_periods_that_are_switched_on(self, counter: Counter, http: Client, drain: Do) -> None:
        ladder(period_months=0)
        me = counter.shopper.id
        give(me, 700)
        drain()
        self.put(self.desk(http)).ok()
        drain(twice=True)
        assert row(me).held[-1].ends_at == service.period_end(clock.now(), 12)
        assert row(me).held[-1].base == 700

    def test_benefits_reach_the_board(self, counter: Counter, http: Client, drain: Do) -> None:
        ladder()
        give(counter.shopper.id, 500)
        drain()
        self.put(self.desk(http), benefits={"silver": {"priority_service": True}}).ok()
        drain(twice=True)
        assert board(counter.shopper.id)["priority"] is True

    @pytest.mark.parametrize(
        "steps",
        [
            (("basic", 1),),
            (("basic", 0), ("silver", 500), ("gold", 500)),
            (("basic", 0), ("silver", 500), ("gold", 400)),
            (("basic", 0), ("basic", 500)),
        ],
    )
    def test_what_is_not_valid(self, http: Client, cloud: Cloud, frozen: Any, steps: Any) -> None:
        levels = [{"id": name, "name": name, "growth": growth} for name, growth in steps]
        desk = self.desk(http)
        with cloud.unchanged():
            reply = desk.put("/admin/levels", json={"ladder": {"levels": levels}, "version": 0})
        assert reply.status == 422

    def test_what_keeps_is_at_most_what_reaches(self, http: Client, cloud: Cloud, frozen: Any) -> None:
        levels = [{"id": "a", "name": "a", "growth": 0}, {"id": "b", "name": "b", "growth": 5, "keep_growth": 6}]
        desk = self.desk(http)
        with cloud.unchanged():
            reply = desk.put("/admin/levels", json={"ladder": {"levels": levels}, "version": 0})
        assert reply.status == 422

    def test_two_staff_at_once(self, http: Client, cloud: Cloud, frozen: Any) -> None:
        desk = self.desk(http)
        body = {"ladder": ladder_of().model_dump(mode="json"), "version": 0}
        desk.put("/admin/levels", json=body).ok()
        with cloud.unchanged():
            assert desk.put("/admin/levels", json=body).code == "levels_edited"
        assert [each["id"] for each in http.get("/levels").ok()["items"]] == [name for name, _ in STEPS]


LADDERS = st.lists(st.integers(1, 50), min_size=0, max_size=4).flatmap(
    lambda gaps: st.builds(
        lambda fall, months: ladder_of(
            *[(f"l{n}", sum(gaps[:n])) for n in range(len(gaps) + 1)], fall=fall, period_months=months
        ),
        st.sampled_from(["one_step", "to_earned"]),
        st.sampled_from([0, 1]),
    )
)
DOINGS = st.lists(st.one_of(st.integers(-60, 60), st.just("end"), LADDERS), max_size=25)


@settings(max_examples=200)
@given(LADDERS, DOINGS)
def test_whatever_happens(by: Any, doings: list[Any]) -> None:
    """The levels held ascend; nobody has less than what counts for them; nobody falls but by a refund or a period."""
    now, growth, standing = NOW, 0, standing_of(None, by)
    for doing in doings:
        before = standing
        if doing == "end":
            standing = end(standing, growth, by, now)
            if by.fall == "one_step":
                assert by.position(standing.top.level) >= by.position(before.top.level) - 1
        elif isinstance(doing, int):
            growth += doing
            standing = decide(standing, growth, by, now)
            if doing >= 0:
                assert by.position(standing.top.level) >= by.position(before.top.level)
        else:
            placed = service.level_of(Membership(held=list(before.held), base=before.base), doing)
            by = doing
            standing = decide(standing, growth, by, now)
            assert by.position(standing.top.level) >= by.position(placed) or growth - before.base < before.top.growth
        places = [by.position(each.level) for each in standing.held]
        assert places == sorted(set(places))
        assert places[0] >= 0
        assert places[-1] >= by.reached(growth - standing.base)
        assert (standing.top.ends_at is None) or places[-1] > 0
        assert decide(standing, growth, by, now) == standing, "the same again changes nothing"


def test_standing_of_a_stranger() -> None:
    assert standing_of(None, ladder_of()) == Standing((standing_of(None, ladder_of()).top,), 0)
