"""Check-in: a day once, a streak as the calendar shows it, a cycle of rewards, rules that have dates."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import outbox
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.models import LEDGER as GROWTH
from chalicelib.loyalty.points.models import PointsEntry
from chalicelib.loyalty.tasks.check_in.events import CheckInDue, RemindCheckIn
from chalicelib.loyalty.tasks.check_in.models import CheckIn, CheckInMonth
from chalicelib.mall.identity.members.events import MemberClosed
from infra.local.faults import every_death
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.coupons.factories import held, template
from tests.loyalty.factories import Counter, staff
from tests.loyalty.points.factories import buckets, posted
from tests.loyalty.tasks.factories import marks, require_sound, rules
from tests.trade import factories

Do = Callable[..., Any]
PATH = "/me/check-in"


def tap(counter: Counter) -> Any:
    return counter.buyer.post(PATH, json={}).ok()


def points_of(member_id: str) -> int:
    return sum(buckets(member_id).values())


class TestDays:
    def test_once_a_day_and_the_second_tap_answers_the_same(self, counter: Counter, cloud: Cloud) -> None:
        rules()
        before = counter.buyer.get(PATH).ok()
        assert (before["checked_in"], before["streak"], before["step"]) == (False, 0, 1)
        first = tap(counter)
        assert (first["checked_in"], first["streak"], first["given"]["points"]) == (True, 1, 5)
        with cloud.unchanged():
            again = tap(counter)
        assert again == {**first, "given": None}
        assert posted(counter.shopper.id, "check_in", "2026-11-24") == 5
        (entry,) = PointsEntry.query(counter.shopper.id)
        assert entry.note == "签到第1天"
        require_sound(counter.shopper.id)

    @pytest.mark.dynoxide
    def test_many_taps_at_once(self, counter: Counter) -> None:
        rules()
        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(lambda _: counter.buyer.post(PATH, json={}), range(6)))
        good = [reply.ok() for reply in replies if reply.status == 200]
        assert {reply.code for reply in replies if reply.status != 200} <= {"check_in_moved", "too_busy"}
        assert [each["given"] is not None for each in good].count(True) == 1
        assert marks(counter.shopper.id) == {date(2026, 11, 24): 1}
        assert points_of(counter.shopper.id) == 5
        require_sound(counter.shopper.id)

    def test_closed(self, counter: Counter, cloud: Cloud) -> None:
        for given in (None, {"enabled": False}):
            if given:
                rules(**given)
            with cloud.unchanged():
                assert counter.buyer.post(PATH, json={}).code == "check_in_closed"
                body = {"day": "2026-11-23"}
                assert counter.buyer.post(f"{PATH}/make-ups", json=body).code == "check_in_closed"
            assert counter.buyer.get(PATH).ok()["open"] is False

    def test_a_business_day_not_a_day_of_utc(self, counter: Counter, frozen: MovableClock) -> None:
        rules()
        frozen.set(datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC))
        assert tap(counter)["day"] == "2026-11-24"
        frozen.set(datetime(2026, 11, 24, 16, 0, tzinfo=UTC))
        assert counter.buyer.get(PATH).ok()["checked_in"] is False
        after = tap(counter)
        assert (after["day"], after["streak"]) == ("2026-11-25", 2)
        frozen.set(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC))
        assert tap(counter)["streak"] == 1
        frozen.move(seconds=1)
        assert tap(counter)["streak"] == 2, "over the end of a year"
        require_sound(counter.shopper.id)

    def test_a_clock_that_goes_back_gives_nothing(self, counter: Counter, frozen: MovableClock, cloud: Cloud) -> None:
        rules()
        tap(counter)
        frozen.move(days=-1)
        with cloud.unchanged():
            assert tap(counter)["given"] is None

    def test_the_calendar(self, counter: Counter, frozen: MovableClock) -> None:
        rules()
        for _ in range(8):
            tap(counter)
            frozen.move(days=1)
        november = counter.buyer.get(f"{PATH}/days", query={"month": "2026-11"}).ok()
        assert [each["day"][-2:] for each in november["days"]] == ["24", "25", "26", "27", "28", "29", "30"]
        december = counter.buyer.get(f"{PATH}/days").ok()
        assert december == {
            "month": "2026-12",
            "days": [{"day": "2026-12-01", "made_up": False, "streak": 8}],
            "made_up": 0,
        }
        assert counter.buyer.get(f"{PATH}/days", query={"month": "2026-13"}).status == 422

    def test_a_closed_account(self, counter: Counter, drain: Do, cloud: Cloud) -> None:
        rules()
        tap(counter)
        counter.buyer.put(f"{PATH}/reminder", json={"remind": True}).ok()
        with Transaction() as tx:
            tx.emit(MemberClosed(member_id=counter.shopper.id))
        drain(twice=True)
        assert cloud.items("check_ins") == cloud.items("check_in_months") == []

    def test_the_copy_of_personal_data(self, counter: Counter) -> None:
        rules()
        tap(counter)
        part = counter.buyer.get("/me/export").ok()["parts"]["check_in"]
        assert (part["total"], part["months"][0]["days"][0]["day"]) == (1, "2026-11-24")

    def test_death_at_every_step(self, counter: Counter, cloud: Cloud, sweep: Do) -> None:
        made: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            made["me"] = Counter(counter.http, factories.shopper())
            made["coupon"] = template(way="grant")
            rules(daily={"points": 5, "growth": 3, "coupon_templates": [made["coupon"].id]})

        def check() -> None:
            tap(made["me"])
            sweep(redeliver=True)
            assert points_of(counter.shopper.id) == 5
            assert len(held(counter.shopper.id)) == 1
            assert GROWTH.open(counter.shopper.id).balance == 3
            require_sound(counter.shopper.id)

        assert "dynamodb TransactWriteItems" in every_death(begin, lambda: tap(made["me"]), check)


class TestCycle:
    def run(self, counter: Counter, frozen: MovableClock, pattern: str) -> list[int]:
        """Points of each day; a dot is a missed one."""
        got = []
        for each in pattern:
            if each != ".":
                given = tap(counter)["given"]
                got.append(given["points"] if given else 0)
            frozen.move(days=1)
        require_sound(counter.shopper.id)
        return got

    @pytest.mark.parametrize(
        ("more", "pattern", "wanted"),
        [
            ({"cycle_days": 3}, "xxxxxx", [5, 5, 55, 5, 5, 55]),
            ({"cycle_days": 3}, "xx.xxx", [5, 5, 5, 5, 55]),
            ({"cycle_days": 3, "when_over": "stop"}, "xxxxxx.xxx", [5, 5, 55, 5, 5, 5, 5, 5, 55]),
            ({"cycle_days": 3, "when_missed": "go_on"}, "xx.x.xxx", [5, 5, 55, 5, 5, 55]),
            ({"cycle_days": 3, "when_missed": "go_on", "when_over": "stop"}, "x.x.xx.xx", [5, 5, 55, 5, 5, 5]),
            ({"cycle_days": 30, "daily": {}}, "xxxx", [0, 0, 50, 0]),
        ],
    )
    def test_what_a_day_gives(
        self, counter: Counter, frozen: MovableClock, more: Any, pattern: str, wanted: list[int]
    ) -> None:
        rules(**more)
        assert self.run(counter, frozen, pattern) == wanted
        assert points_of(counter.shopper.id) == sum(wanted)

    def test_what_is_shown_before_is_what_comes(self, counter: Counter, frozen: MovableClock) -> None:
        rules(cycle_days=3, when_missed="go_on")
        for wanted in (1, 2, 3, 1):
            assert counter.buyer.get(PATH).ok()["step"] == wanted
            assert tap(counter)["step"] == wanted
            frozen.move(days=2)


class TestRules:
    BODY = {"enabled": True, "daily": {"points": 5}, "cycle_days": 7}

    def test_the_first_hold_at_once_and_edits_tomorrow(
        self, counter: Counter, http: Client, frozen: MovableClock, cloud: Cloud
    ) -> None:
        desk = staff(http, "tasks.read", "tasks.write")
        path = "/admin/check-in-rules"
        assert desk.get(path).ok()["version"] == 0
        desk.put(path, json={"rules": self.BODY, "version": 0}).ok()
        assert counter.buyer.get(PATH).ok()["daily"]["points"] == 5
        edited = desk.put(path, json={"rules": {**self.BODY, "daily": {"points": 9}}, "version": 1}).ok()
        assert (edited["rules"]["daily"]["points"], edited["next_rules"]["daily"]["points"]) == (5, 9)
        assert edited["next_from"] == "2026-11-25"
        with cloud.unchanged():
            assert desk.put(path, json={"rules": self.BODY, "version": 1}).code == "check_in_rules_edited"
        desk.put(path, json={"rules": {**self.BODY, "daily": {"points": 8}}, "version": 2}).ok()
        assert tap(counter)["given"]["points"] == 5, "what was shown for today holds for today"
        frozen.move(days=1)
        assert tap(counter)["given"]["points"] == 8
        now = staff(http, "tasks.read").get(path).ok()
        assert (now["rules"]["daily"]["points"], now["next_rules"], now["next_from"]) == (8, None, None)
        assert now["version"] == 3

    def test_in_the_middle_of_a_cycle_the_number_stays(self, counter: Counter, frozen: MovableClock) -> None:
        rules(cycle_days=7)
        for _ in range(4):
            tap(counter)
            frozen.move(days=1)
        rules("2026-11-28", cycle_days=5, steps=[{"step": 5, "reward": {"points": 500}}])
        shown = tap(counter)
        assert (shown["step"], shown["given"]["points"]) == (5, 505)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"cycle_days": 0},
            {"cycle_days": 32},
            {"cycle_days": 3, "steps": [{"step": 4, "reward": {}}]},
            {"steps": [{"step": 1, "reward": {}}, {"step": 1, "reward": {}}]},
            {"daily": {"points": -1}},
            {"daily": {"points": 1_000_001}},
            {"daily": {"coupon_templates": ["a"] * 6}},
            {"remind_hour": 3},
        ],
    )
    def test_rules_that_make_no_sense(self, http: Client, cloud: Cloud, wrong: Any) -> None:
        desk = staff(http, "tasks.write")
        with cloud.unchanged():
            assert desk.put("/admin/check-in-rules", json={"rules": wrong, "version": 0}).status == 422

    def test_a_template_that_is_not_there(self, http: Client, cloud: Cloud) -> None:
        desk, body = staff(http, "tasks.write"), {"rules": {"daily": {"coupon_templates": ["cpt_x"]}}, "version": 0}
        with cloud.unchanged():
            assert desk.put("/admin/check-in-rules", json=body).code == "coupon_template_not_found"


class TestReminder:
    @pytest.fixture
    def due(self, monkeypatch: pytest.MonkeyPatch) -> list[CheckInDue]:
        """What is announced."""
        heard: list[CheckInDue] = []
        emit = Transaction.emit

        def listen(self: Transaction, event: Any, *, at: datetime | None = None) -> None:
            if isinstance(event, CheckInDue):
                heard.append(event)
            emit(self, event, at=at)

        monkeypatch.setattr(Transaction, "emit", listen)
        return heard

    def remind(self, counter: Counter, on: bool) -> Any:
        return counter.buyer.put(f"{PATH}/reminder", json={"remind": on}).ok()

    @pytest.fixture
    def evening(self, sweep: Do, frozen: MovableClock) -> Do:
        """``evening(25)``: it is the reminder's hour of that day, and later by *minutes*."""

        def run(day: int, minutes: float = 2, **how: Any) -> None:
            frozen.set(datetime(2026, 11, day, 11, 59, tzinfo=UTC))
            for shard in range(outbox.SHARDS):
                # The minutes in between were swept when they came: nothing was due.
                outbox.Watermark(id=f"outbox#{shard}", swept_to=frozen.at).save()
            sweep(minutes=minutes, **how)

        return run

    def test_who_forgets_is_told_once(self, counter: Counter, evening: Do, due: list[CheckInDue]) -> None:
        rules()
        tap(counter)
        assert self.remind(counter, True)["remind"] is True
        evening(24)
        evening(25, minutes=0.5)
        assert due == [], "not before the hour"
        evening(25, twice=True)
        assert [(each.day, each.streak) for each in due] == [("2026-11-25", 1)]
        evening(26)
        assert len(due) == 1, "nobody is nagged"

    def test_who_does_not_forget_is_not(
        self, counter: Counter, evening: Do, due: list[CheckInDue], frozen: MovableClock
    ) -> None:
        rules()
        self.remind(counter, True)
        tap(counter)
        frozen.move(days=1)
        tap(counter)
        evening(25)
        assert due == []
        self.remind(counter, False)
        evening(26)
        assert due == [], "nor who changed their mind"

    def test_asked_for_on_an_open_day(self, counter: Counter, evening: Do, due: list[CheckInDue]) -> None:
        rules()
        self.remind(counter, True)
        evening(24)
        assert [(each.day, each.streak) for each in due] == [("2026-11-24", 0)]

    def test_a_late_message_says_nothing(
        self, counter: Counter, drain: Do, due: list[CheckInDue], frozen: MovableClock
    ) -> None:
        rules()
        self.remind(counter, True)
        with Transaction() as tx:
            tx.emit(RemindCheckIn(member_id=counter.shopper.id, day="2026-11-24"))
        frozen.move(hours=15)
        drain()
        assert due == []


class TestDesk:
    def test_numbers_and_a_members_sheet(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        rules()
        tap(counter)
        Counter(counter.http, factories.shopper("two")).buyer.post(PATH, json={}).ok()
        desk = staff(http, "tasks.read")
        span = {"first": "2026-11-23", "last": "2026-11-24"}
        assert [each["checked_in"] for each in desk.get("/admin/check-in-days", query=span).ok()["items"]] == [0, 2]
        for wrong in ({"first": "2026-11-25", "last": "2026-11-24"}, {"first": "2026-01-01", "last": "2026-11-24"}):
            assert desk.get("/admin/check-in-days", query=wrong).status == 422
        seen = desk.get(f"/admin/members/{counter.shopper.id}/check-in").ok()
        assert (seen["now"]["streak"], seen["months"][0]["days"][0]["streak"]) == (1, 1)
        assert desk.get("/admin/members/mbr_x/check-in").status == 404
        assert len({row["shard"]["S"] for row in cloud.items("check_in_days")}) <= 8

    def test_old_months_do_not_stand_in_the_way(self, counter: Counter, frozen: MovableClock) -> None:
        rules()
        tap(counter)
        frozen.move(days=100)
        assert tap(counter)["streak"] == 1
        assert len(list(CheckInMonth.query(counter.shopper.id))) == 2
        account = CheckIn.find(counter.shopper.id)
        assert account is not None
        assert (account.total, timedelta(days=100)) == (2, date(2027, 3, 4) - date(2026, 11, 24))
