"""Making up: one missed day in its window, for a free one or a card; the streak is what the calendar shows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chalicelib.core.once import Once
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.tasks.check_in import service
from chalicelib.loyalty.tasks.check_in.errors import NotMissed
from chalicelib.loyalty.tasks.check_in.make_up import service as make_up
from chalicelib.loyalty.tasks.check_in.models import CheckIn, Mark
from chalicelib.loyalty.tasks.check_in.schemas import Rules
from chalicelib.loyalty.tasks.check_in.streaks.service import enter, months_of, steps_due
from chalicelib.mall.identity.members.events import MemberClosed, MembersMerged
from chalicelib.mall.identity.members.models import Member
from infra.local.faults import every_death
from tests import harness
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.loyalty.coupons.factories import held, over, template
from tests.loyalty.factories import Counter, staff
from tests.loyalty.points.factories import buckets, give, posted
from tests.loyalty.tasks.factories import counted, marks, require_sound, rules
from tests.trade import factories

Do = Callable[..., Any]
PATH = "/me/check-in"


@pytest.fixture
def old(counter: Counter, frozen: MovableClock) -> Counter:
    """A buyer who came a year ago."""
    Member(id=counter.shopper.id).update([Member.registered_at.set(frozen.at - timedelta(days=365))])
    return counter


def tap(counter: Counter) -> Any:
    return counter.buyer.post(PATH, json={}).ok()


def mend(counter: Counter, day: str) -> Reply:
    return counter.buyer.post(f"{PATH}/make-ups", json={"day": day})


def cards(counter: Counter, count: int) -> None:
    with Transaction() as tx:
        make_up.add_cards(tx, counter.shopper.id, count)


def come(counter: Counter, frozen: MovableClock, pattern: str) -> None:
    """Check in by day, ending today; a dot is a missed day."""
    frozen.move(days=1 - len(pattern))
    for number, each in enumerate(pattern):
        if number:
            frozen.move(days=1)
        if each != ".":
            tap(counter)


class TestMending:
    def test_joins_what_stands_before_and_after(self, old: Counter, frozen: MovableClock) -> None:
        rules(cycle_days=7, steps=[{"step": 5, "reward": {"points": 70}}])
        come(old, frozen, "xx.xx")
        assert old.buyer.get(PATH).ok()["streak"] == 2
        shown = mend(old, "2026-11-22").ok()
        assert (shown["streak"], shown["total"], shown["step"], shown["given"]["points"]) == (5, 5, 5, 70)
        assert (shown["make_ups_left"], shown["free_left"]) == (2, 0)
        days = old.buyer.get(f"{PATH}/days").ok()["days"]
        assert [(each["made_up"], each["streak"]) for each in days] == [(n == 2, n + 1) for n in range(5)]
        assert posted(old.shopper.id, "make_up", "2026-11-22") == 70, "the step that today reached by it"
        require_sound(old.shopper.id)

    def test_a_day_gives_the_reward_of_a_step_once(self, old: Counter, frozen: MovableClock) -> None:
        rules(cycle_days=3)
        come(old, frozen, "xx.xxx")
        assert posted(old.shopper.id, "check_in", "2026-11-24") == 55
        shown = mend(old, "2026-11-21").ok()
        assert shown["given"]["points"] == 50, "the mended day is step 3; today is step 3 again and gave it"
        assert (shown["streak"], sum(buckets(old.shopper.id).values())) == (6, 25 + 50 + 50)

    def test_with_the_daily_reward_if_the_rules_say_so(self, old: Counter, frozen: MovableClock) -> None:
        rules(make_up_earns=True)
        assert mend(old, "2026-11-20").ok()["given"]["points"] == 5
        assert old.buyer.get(PATH).ok()["streak"] == 0

    def test_while_nothing_is_lost_by_missing(self, old: Counter, frozen: MovableClock) -> None:
        rules(when_missed="go_on", cycle_days=7)
        come(old, frozen, "x..x")
        shown = mend(old, "2026-11-22").ok()
        assert (shown["step"], shown["given"]["points"], shown["streak"]) == (3, 50, 1)
        assert mend(old, "2026-11-23").code == "make_up_card_missing"
        require_sound(old.shopper.id)

    def test_yesterday_before_today_is_tapped(self, old: Counter, frozen: MovableClock) -> None:
        rules()
        come(old, frozen, "xx..")
        assert old.buyer.get(PATH).ok()["streak"] == 0
        assert mend(old, "2026-11-23").ok()["streak"] == 3, "alive again"
        assert tap(old)["streak"] == 4
        require_sound(old.shopper.id)

    def test_a_day_that_counts_costs_nothing(self, old: Counter, frozen: MovableClock, cloud: Cloud) -> None:
        rules()
        come(old, frozen, "x.x")
        first = mend(old, "2026-11-23").ok()
        with cloud.unchanged():
            assert mend(old, "2026-11-23").ok() == {**first, "given": None}
            assert mend(old, "2026-11-24").ok()["given"] is None

    def test_not_outside_of_its_window(self, counter: Counter, frozen: MovableClock, cloud: Cloud) -> None:
        rules(make_up_days=3)
        with cloud.unchanged():
            assert mend(counter, "2026-11-23").code == "make_up_day_not_open", "before the member came"
        Member(id=counter.shopper.id).update([Member.registered_at.set(frozen.at - timedelta(days=365))])
        with cloud.unchanged():
            for wrong in ("2026-11-20", "2026-11-24", "2026-11-25", "1999-01-01", "9999-12-31"):
                refused = mend(counter, wrong)
                assert refused.code == "make_up_day_not_open"
                assert refused.json["details"] == {"from": "2026-11-21", "to": "2026-11-23"}
            for nonsense in ("2026-11-31", "x", 7, None):
                assert counter.buyer.post(f"{PATH}/make-ups", json={"day": nonsense}).status == 422
        mend(counter, "2026-11-21").ok()

    def test_the_longest_window_over_two_ends_of_months(self, old: Counter, frozen: MovableClock) -> None:
        rules(make_up_days=31, free_per_month=31, make_up_per_month=31)
        frozen.set(harness.START.replace(year=2027, month=2, day=26))
        tap(old)
        frozen.set(harness.START.replace(year=2027, month=3, day=2))
        for day in ("2027-02-27", "2027-02-28", "2027-03-01", "2027-01-31", "2027-02-01"):
            mend(old, day).ok()
        assert tap(old)["streak"] == 5
        assert mend(old, "2027-01-29").code == "make_up_day_not_open"
        mend(old, "2027-01-30").ok()
        assert marks(old.shopper.id)[date(2027, 2, 1)] == 3
        require_sound(old.shopper.id)

    def test_never(self, old: Counter, cloud: Cloud) -> None:
        rules(make_up_days=0)
        with cloud.unchanged():
            assert mend(old, "2026-11-23").code == "make_up_day_not_open"

    @pytest.mark.dynoxide
    def test_two_at_once_use_one_card_each(self, old: Counter) -> None:
        rules(free_per_month=0, make_up_per_month=31)
        cards(old, 2)
        days = [f"2026-11-{n}" for n in (18, 19, 20, 21, 22, 23)]
        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(lambda day: mend(old, day), days))
        good = sum(reply.status == 200 for reply in replies)
        codes = {reply.code for reply in replies if reply.status != 200}
        assert codes <= {"make_up_card_missing", "check_in_moved", "too_busy"}
        assert good <= 2
        assert len(marks(old.shopper.id)) == good
        assert make_up.cards_of(old.shopper.id) == 2 - good
        require_sound(old.shopper.id)

    @pytest.mark.dynoxide
    def test_the_same_day_at_once(self, old: Counter) -> None:
        rules(free_per_month=0, make_up_earns=True)
        cards(old, 3)
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda _: mend(old, "2026-11-23"), range(4)))
        assert any(reply.status == 200 for reply in replies)
        assert make_up.cards_of(old.shopper.id) == 2
        assert sum(buckets(old.shopper.id).values()) == 5

    def test_death_at_every_step(self, counter: Counter, cloud: Cloud, frozen: MovableClock, sweep: Do) -> None:
        me = counter.shopper.id

        def begin() -> None:
            cloud.memory.clear()
            frozen.set(harness.START)
            factories.shopper()
            Member(id=me).update([Member.registered_at.set(frozen.at - timedelta(days=30))])
            rules(free_per_month=0)
            cards(counter, 2)
            come(counter, frozen, "x.x")

        def check() -> None:
            assert mend(counter, "2026-11-23").ok()["streak"] == 3
            sweep(redeliver=True)
            assert (make_up.cards_of(me), sum(buckets(me).values())) == (1, 60)
            require_sound(me)

        every_death(begin, lambda: mend(counter, "2026-11-23"), check)


class TestCards:
    def test_free_ones_first_then_cards_then_no_more(self, old: Counter, frozen: MovableClock, cloud: Cloud) -> None:
        rules(make_up_per_month=2, free_per_month=1)
        mend(old, "2026-11-23").ok()
        with cloud.unchanged():
            assert mend(old, "2026-11-22").code == "make_up_card_missing"
        cards(old, 3)
        assert mend(old, "2026-11-22").ok()["cards"] == 2
        with cloud.unchanged():
            refused = mend(old, "2026-11-21")
            assert (refused.code, refused.json["details"]) == ("make_up_limit_reached", {"limit": 2})
        frozen.set(harness.START.replace(month=12, day=2))
        assert mend(old, "2026-11-29").ok()["free_left"] == 0, "counted in the month in which it is mended"
        assert make_up.cards_of(old.shopper.id) == 2

    def test_for_points(self, old: Counter, cloud: Cloud) -> None:
        path, me = f"{PATH}/cards", old.shopper.id
        rules()
        with cloud.unchanged():
            assert old.buyer.post(path, json={}, key="buy-00001").code == "make_up_cards_not_sold"
        rules(card_points=30)
        with cloud.unchanged():
            assert old.buyer.post(path, json={}, key="buy-00001").code == "balance_too_low"
            assert old.buyer.post(path, json={"count": 0}, key="buy-00001").status == 422
            assert old.buyer.post(path, json={}).status == 422
        give(me, 100)
        for _ in range(2):
            assert old.buyer.post(path, json={"count": 2}, key="buy-00001").ok() == {"cards": 2}
        with cloud.unchanged():
            assert old.buyer.post(path, json={"count": 1}, key="buy-00001").code == "idempotency_key_reused"
            assert old.buyer.post(path, json={"count": 2}, key="buy-00002").code == "balance_too_low"
        assert sum(buckets(me).values()) == 40
        require_sound(me)

    def test_from_staff_once(self, old: Counter, http: Client, cloud: Cloud) -> None:
        desk, path = staff(http, "tasks.write"), f"/admin/members/{old.shopper.id}/check-in-cards"
        for _ in range(2):
            assert desk.post(path, json={"count": 3, "reason": "补偿"}, key="give-0001").ok() == {"cards": 3}
        with cloud.unchanged():
            assert desk.post(path, json={"count": 0, "reason": "x"}, key="give-0002").status == 422
            unknown = "/admin/members/mbr_x/check-in-cards"
            assert desk.post(unknown, json={"count": 1, "reason": "x"}, key="give-0003").status == 404
        rules()
        assert tap(old)["cards"] == 3, "an account that began with cards"
        require_sound(old.shopper.id)

    def test_a_twin_that_read_no_guard_has_the_same_answer(
        self, old: Counter, http: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two taps at once: the claim tells them apart, and no buyer is told of it."""
        rules(card_points=30)
        give(old.shopper.id, 100)
        desk, path = staff(http, "tasks.write"), f"/admin/members/{old.shopper.id}/check-in-cards"

        def buy() -> Any:
            return old.buyer.post(f"{PATH}/cards", json={"count": 1}, key="buy-00001").ok()

        def grant() -> Any:
            return desk.post(path, json={"count": 3, "reason": "补偿"}, key="give-0001").ok()

        assert (buy(), grant()) == ({"cards": 1}, {"cards": 4})
        monkeypatch.setattr(Once, "recall", lambda once: None)
        with cloud.unchanged():
            assert (buy(), grant()) == ({"cards": 4}, {"cards": 4})

    def test_a_shells_cards(self, old: Counter, drain: Do) -> None:
        CheckIn(member_id="mbr_shell").update([CheckIn.cards.add(2)])
        with Transaction() as tx:
            tx.emit(MembersMerged(member_id=old.shopper.id, from_member_id="mbr_shell"))
        drain(twice=True)
        assert make_up.cards_of(old.shopper.id) == 2
        assert CheckIn.find("mbr_shell") is None


class TestRewardsThatDoNotFit:
    def test_one_that_is_over_waits_and_is_not_set_out(self, old: Counter, cloud: Cloud) -> None:
        made = over(way="grant")
        rules(daily={"points": 5, "coupon_templates": [made.id]})
        assert tap(old)["given"]["points"] == 5, "the day is not lost"
        (waits,) = old.buyer.get("/me/waiting-coupons").ok()["items"]
        desk = staff(old.http, "tasks.write")
        with cloud.unchanged():
            assert old.buyer.post(f"/me/waiting-coupons/{waits['coupon_id']}").code == "coupon_template_over"
            body = {"rules": {"daily": {"coupon_templates": [made.id]}}, "version": 1}
            assert desk.put("/admin/check-in-rules", json=body).code == "coupon_template_over"

    def test_staff_give_another_for_one_that_is_over(
        self, old: Counter, cloud: Cloud, caplog: pytest.LogCaptureFixture
    ) -> None:
        gone, good, other = over(way="grant"), template(way="grant"), template(way="grant")
        me = old.shopper.id
        rules(daily={"coupon_templates": [gone.id]})
        tap(old)
        assert [each.template_id for each in caplog.records if getattr(each, "alarm", False)] == [gone.id]
        desk, asked = staff(old.http, "coupons.read", "coupons.write"), {"template_id": gone.id}
        (waits,) = desk.get("/admin/waiting-coupons", query=asked).ok()["items"]
        assert (waits["member_id"], waits["reason"]) == (me, "template_over")
        path, taken = (
            f"/admin/members/{me}/waiting-coupons/{waits['coupon_id']}",
            f"/me/waiting-coupons/{waits['coupon_id']}",
        )
        with cloud.unchanged():
            assert desk.put(path, json=asked).code == "coupon_template_over"
            assert desk.put(path, json={"template_id": "cpt_none"}).code == "coupon_template_not_found"
            assert desk.put(path + "x", json={"template_id": good.id}).code == "waiting_coupon_not_found"
        for _ in range(2):
            assert desk.put(path, json={"template_id": good.id}).ok()["reason"] == "no_room"
        assert desk.get("/admin/waiting-coupons", query=asked).ok()["items"] == []
        with cloud.unchanged():
            assert desk.put(path, json={"template_id": other.id}).code == "waits_for_room"
        for _ in range(2):
            assert old.buyer.post(taken).ok() == {"coupon_id": waits["coupon_id"]}
        assert [(each.id, each.template_id) for each in held(me)] == [(waits["coupon_id"], good.id)]
        with cloud.unchanged():
            assert desk.put(path, json={"template_id": good.id}).code == "waiting_coupon_not_found"

    def test_wait_until_there_is_room(
        self, old: Counter, monkeypatch: pytest.MonkeyPatch, cloud: Cloud, frozen: MovableClock
    ) -> None:
        made = template(way="grant")
        rules(daily={"points": 5, "coupon_templates": [made.id, made.id]})
        monkeypatch.setattr("chalicelib.loyalty.coupons.service.MAX_BOOK", 1)
        assert tap(old)["given"]["points"] == 5, "the day is not lost"
        assert len(held(old.shopper.id)) == 1
        (waits,) = old.buyer.get("/me/waiting-coupons").ok()["items"]
        assert (waits["template_id"], waits["title"]) == (made.id, "签到第1天")
        path = f"/me/waiting-coupons/{waits['coupon_id']}"
        with cloud.unchanged():
            assert old.buyer.post(path, json={}).code == "coupon_book_full"
            assert old.buyer.post("/me/waiting-coupons/cpn_x", json={}).code == "waiting_coupon_not_found"
        assert old.buyer.get("/me/export").ok()["parts"]["waiting_coupons"] == [waits]
        monkeypatch.setattr("chalicelib.loyalty.coupons.service.MAX_BOOK", 2)
        frozen.move(days=3)
        for _ in range(2):
            assert old.buyer.post(path, json={}).ok() == {"coupon_id": waits["coupon_id"]}
        assert {each.id for each in held(old.shopper.id)} > {waits["coupon_id"]}
        assert len(held(old.shopper.id)) == 2
        assert old.buyer.get("/me/waiting-coupons").ok()["items"] == []
        require_sound(old.shopper.id)

    @pytest.mark.dynoxide
    def test_taken_at_once(self, old: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
        made = template(way="grant")
        rules(daily={"coupon_templates": [made.id]})
        monkeypatch.setattr("chalicelib.loyalty.coupons.service.MAX_BOOK", 0)
        tap(old)
        monkeypatch.setattr("chalicelib.loyalty.coupons.service.MAX_BOOK", 60)
        (waits,) = old.buyer.get("/me/waiting-coupons").ok()["items"]
        path = f"/me/waiting-coupons/{waits['coupon_id']}"
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda _: old.buyer.post(path, json={}), range(4)))
        assert any(reply.status == 200 for reply in replies)
        assert len(held(old.shopper.id)) == 1

    def test_a_closed_account_is_owed_nothing(
        self, old: Counter, monkeypatch: pytest.MonkeyPatch, drain: Do, cloud: Cloud
    ) -> None:
        rules(daily={"coupon_templates": [template(way="grant").id]})
        monkeypatch.setattr("chalicelib.loyalty.coupons.service.MAX_BOOK", 0)
        tap(old)
        with Transaction() as tx:
            tx.emit(MemberClosed(member_id=old.shopper.id))
        drain(twice=True)
        assert cloud.items("waiting_coupons") == []


DAYS = st.integers(0, 20)


class TestAnySequence:
    @settings(max_examples=150)
    @given(days=st.lists(DAYS, unique=True, max_size=21), cycle=st.integers(1, 7))
    def test_of_days_gives_the_streak_that_one_counts(self, days: list[int], cycle: int) -> None:
        found: dict[date, Mark] = {}
        first = date(2026, 12, 20)
        plan = Rules.model_validate({"cycle_days": cycle, "steps": [{"step": 1, "reward": {"points": 1}}]})
        given_by: dict[date, int] = {}
        for number, each in enumerate(days, start=1):
            changed = enter(found, first + timedelta(days=each), made_up=False)
            due = list(steps_due(plan, found, changed, number))
            assert set(due) <= {1}
            for day, mark in found.items():
                assert mark.streak == counted(set(found), day)
                assert len(mark.given) >= given_by.get(day, 0), "what was given is never taken"
                given_by[day] = len(mark.given)
        for day, mark in found.items():
            if (mark.streak - 1) % cycle == 0:
                assert mark.given == [1], f"{day} is step 1 and has given it, once"

    @settings(
        max_examples=8,
        phases=[Phase.generate],
    )
    @given(doings=st.lists(st.tuples(st.sampled_from(["tap", "wait", "mend"]), st.integers(1, 9)), max_size=14))
    def test_of_taps_and_mendings_through_the_tables(
        self, old: Counter, frozen: MovableClock, cloud: Cloud, doings: list[tuple[str, int]]
    ) -> None:
        cloud.memory.clear()
        me = factories.shopper().id
        frozen.set(harness.START + timedelta(days=20))
        Member(id=me).update([Member.registered_at.set(harness.START - timedelta(days=60))])
        rules(make_up_days=7, make_up_per_month=31, free_per_month=31, make_up_earns=True)
        days: set[date] = set()
        for what, number in doings:
            today = service.read(me).today
            day = today - timedelta(days=number)
            if what == "tap":
                service.check_in(me)
                days.add(today)
            elif what == "wait":
                frozen.move(days=1 + number % 2)
            else:
                with nullcontext() if number <= 7 or day in days else pytest.raises(NotMissed):
                    make_up.make_up(me, day)
                    days.add(day)
            now = service.read(me)
            alive = counted(days, now.today) or counted(days, now.today - timedelta(days=1))
            assert (now.streak, set(marks(me))) == (alive, days)
        require_sound(me)


def test_months_between() -> None:
    assert months_of(date(2026, 12, 30), date(2027, 2, 1)) == ["2026-12", "2027-01", "2027-02"]
    assert months_of(date(2026, 12, 30), date(2026, 12, 30)) == ["2026-12"]
