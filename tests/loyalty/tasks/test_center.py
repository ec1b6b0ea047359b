"""The task center: each doing counts once, in its period; a finished task gives what it promised, once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.models import LEDGER as GROWTH
from chalicelib.loyalty.points.models import PointsEntry
from chalicelib.loyalty.tasks.center.models import TaskProgress
from chalicelib.loyalty.tasks.center.schemas import Period
from chalicelib.loyalty.tasks.check_in.make_up.service import cards_of
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.events import MemberClosed, MemberRegistered, PhoneBound
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.links.service import code_for
from chalicelib.mall.links.visits.events import LinkVisited
from infra.local.faults import every_death
from tests import harness
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.loyalty.coupons.factories import held, template
from tests.loyalty.factories import Counter
from tests.loyalty.points.factories import buckets, posted, require_sound
from tests.loyalty.tasks.factories import edited, numbers_of, rules, task
from tests.trade import factories

Do = Callable[..., Any]


def seen(counter: Counter) -> list[tuple[int, str]]:
    """Count and state of the tasks, as the buyer sees them."""
    return [(each["count"], each["state"]) for each in counter.buyer.get("/me/tasks").ok()["items"]]


def claim(counter: Counter, stored: Any, key: str | None = None) -> Reply:
    return counter.buyer.post(f"/me/tasks/{stored.id}/claim", json={"key": key} if key else {})


def share(counter: Counter, key: str = "share-0001") -> Reply:
    return counter.buyer.post("/me/shares", json={"page": "pages/index"}, key=key)


def points_of(counter: Counter) -> int:
    return sum(buckets(counter.shopper.id).values())


class TestCounting:
    def test_a_share_counts_once_for_each_key(self, counter: Counter, cloud: Cloud) -> None:
        task("share", target=2)
        assert share(counter).ok() == {"counted": True}
        with cloud.unchanged():
            assert share(counter).ok() == {"counted": True}
            assert counter.buyer.post("/me/shares", json={"page": "x"}, key="share-0001").code == (
                "idempotency_key_reused"
            )
            assert counter.buyer.post("/me/shares", json={"page": "a b"}, key="share-0002").status == 422
        assert seen(counter) == [(1, "doing")]
        share(counter, "share-0002").ok()
        assert seen(counter) == [(2, "finished")]
        with cloud.unchanged():
            assert share(counter, "share-0003").ok() == {"counted": False}, "nobody wants more"

    def test_no_more_than_the_limit_of_a_day(
        self, counter: Counter, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, frozen: MovableClock
    ) -> None:
        monkeypatch.setattr("chalicelib.loyalty.tasks.center.reports.service.SHARES_A_DAY", 2)
        task("share", target=5)
        for number in range(2):
            share(counter, f"share-000{number}").ok()
        with cloud.unchanged():
            refused = share(counter, "share-0009")
            assert (refused.status, refused.code) == (429, "task_report_limit_reached")
        frozen.set(datetime(2026, 11, 24, 16, 0, tzinfo=UTC))
        share(counter, "share-0009").ok()
        assert seen(counter) == [(3, "doing")]

    @pytest.mark.dynoxide
    def test_shares_at_once(self, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chalicelib.loyalty.tasks.center.reports.service.SHARES_A_DAY", 3)
        task("share", target=9)
        with ThreadPoolExecutor(5) as pool:
            replies = list(pool.map(lambda n: share(counter, f"share-100{n}"), range(5)))
        good = sum(reply.status == 200 for reply in replies)
        assert good <= 3
        assert {reply.code for reply in replies if reply.status != 200} <= {
            *("task_report_limit_reached", "task_progress_moved", "too_busy")
        }
        assert seen(counter) == [(good, "doing")]

    def test_a_visit_of_the_page_that_is_named(self, counter: Counter, cloud: Cloud) -> None:
        task("visit_page", word="pages/live")
        with cloud.unchanged():
            other = counter.buyer.post("/me/visits", json={"page": "pages/other"}, key="visit-0001").ok()
            assert other == {"counted": False}
        assert counter.buyer.post("/me/visits", json={"page": "pages/live"}, key="visit-0002").ok()["counted"]
        assert seen(counter) == [(1, "finished")]

    def test_the_registration(self, counter: Counter, drain: Do) -> None:
        task("register")
        with Transaction() as tx:
            tx.emit(MemberRegistered(member_id=counter.shopper.id))
        drain(twice=True)
        assert seen(counter) == [(1, "finished")]

    def test_a_check_in_but_no_mended_day(self, counter: Counter, drain: Do, frozen: MovableClock) -> None:
        rules()
        task("check_in", target=2)
        Member(id=counter.shopper.id).update([Member.registered_at.set(frozen.at - timedelta(days=9))])
        counter.buyer.post("/me/check-in", json={}).ok()
        counter.buyer.post("/me/check-in/make-ups", json={"day": "2026-11-23"}).ok()
        drain(twice=True)
        assert seen(counter) == [(1, "doing")]
        frozen.move(days=1)
        counter.buyer.post("/me/check-in", json={}).ok()
        drain(twice=True)
        assert seen(counter) == [(2, "finished")]

    def test_what_staff_say(self, counter: Counter, http: Client, drain: Do, cloud: Cloud) -> None:
        task("custom", word="joined_live", target=3)
        desk = http.as_(factories.staff_token("tasks.write", "tasks.read"))
        path, body = f"/admin/members/{counter.shopper.id}/doings", {"what": "joined_live", "times": 2}
        for _ in range(2):
            desk.post(path, json=body, key="doing-0001").ok()
        desk.post(path, json={"what": "something_else"}, key="doing-0002").ok()
        drain(twice=True)
        assert seen(counter) == [(2, "doing")]
        with cloud.unchanged():
            assert desk.post(path, json={**body, "times": 0}, key="doing-0003").status == 422
            assert desk.post("/admin/members/mbr_x/doings", json=body, key="doing-0004").status == 404
        assert desk.get(f"/admin/members/{counter.shopper.id}/tasks").ok()["items"][0]["count"] == 2
        assert desk.get("/admin/members/mbr_x/tasks").status == 404

    def test_friends_each_once_in_a_period(self, counter: Counter, drain: Do, frozen: MovableClock) -> None:
        task("friend_visits", period="daily", target=5)
        link = code_for("pages/index", {}, counter.shopper.id)
        friends = [factories.shopper(f"friend{n}").id for n in range(2)]
        for visitor in (friends[0], friends[0], friends[1], counter.shopper.id, None):
            with Transaction() as tx:
                tx.emit(LinkVisited(code=link.code, at=frozen.at, member_id=visitor))
            drain(twice=True)
        assert seen(counter) == [(2, "doing")]
        frozen.move(days=1)
        with Transaction() as tx:
            tx.emit(LinkVisited(code=link.code, at=frozen.at, member_id=friends[0]))
            tx.emit(LinkVisited(code="nosuchcode12", at=frozen.at, member_id=friends[0]))
        drain()
        assert seen(counter) == [(1, "doing")]


class TestLooking:
    def test_a_profile_as_it_is(self, counter: Counter, drain: Do) -> None:
        stored = task("complete_profile", fields=["nickname", "birthday"])
        counter.buyer.patch("/me", json={"nickname": "小明"}).ok()
        drain()
        assert seen(counter) == [(1, "doing")]
        assert claim(counter, stored).json["details"] == {"count": 1, "target": 2}
        counter.buyer.patch("/me", json={"birthday": "1990-01-01"}).ok()
        assert seen(counter) == [(2, "finished")], "before any message came"
        drain(twice=True)
        counter.buyer.patch("/me", json={"birthday": None}).ok()
        drain(twice=True)
        assert claim(counter, stored).ok()["state"] == "claimed", "it was finished"
        drain(twice=True)
        assert numbers_of(stored) == (1, 1)

    def test_who_told_everything_before(self, counter: Counter, drain: Do) -> None:
        Member(id=counter.shopper.id).update([Member.phone.set("13800000000")])
        stored = task("bind_phone")
        assert seen(counter) == [(1, "finished")]
        assert claim(counter, stored).ok()["state"] == "claimed"
        drain(twice=True)
        assert numbers_of(stored) == (1, 1)

    def test_by_itself(self, counter: Counter, drain: Do) -> None:
        task("bind_phone", automatic=True)
        Member(id=counter.shopper.id).update([Member.phone.set("13800000000")])
        with Transaction() as tx:
            tx.emit(PhoneBound(member_id=counter.shopper.id, first=True))
        drain(twice=True)
        assert (seen(counter), points_of(counter)) == ([(1, "claimed")], 20)


class TestPeriods:
    def test_keys(self) -> None:
        sunday, newyear = date(2026, 11, 29), date(2027, 1, 1)
        assert [each.key(sunday) for each in Period] == ["once", "2026-11-29", "2026-W48", "2026-11"]
        assert [each.before(newyear) for each in Period] == ["once", "2026-12-31", "2026-W52", "2026-12"]
        assert Period.WEEKLY.key(newyear) == "2026-W53"

    def test_a_business_day_and_the_reward_of_yesterday(
        self, counter: Counter, frozen: MovableClock, cloud: Cloud
    ) -> None:
        stored = task("share", period="daily")
        frozen.set(datetime(2026, 11, 24, 15, 59, 58, tzinfo=UTC))
        share(counter).ok()
        frozen.set(datetime(2026, 11, 24, 16, 0, tzinfo=UTC))
        (view,) = counter.buyer.get("/me/tasks").ok()["items"]
        assert (view["key"], view["state"], view["earlier"]) == ("2026-11-25", "doing", "2026-11-24")
        with cloud.unchanged():
            assert claim(counter, stored).code == "task_not_finished"
            assert claim(counter, stored, "2026-11-23").code == "task_closed"
            assert claim(counter, stored, "2026-11-26").code == "task_closed"
        assert claim(counter, stored, "2026-11-24").ok()["state"] == "claimed"
        share(counter, "share-0002").ok()
        claim(counter, stored).ok()
        assert points_of(counter) == 40
        assert posted(counter.shopper.id, "task", f"{stored.id}/2026-11-24") == 20
        frozen.move(days=2)
        assert counter.buyer.get("/me/tasks").ok()["items"][0]["earlier"] is None

    def test_a_late_message_counts_for_the_day_of_what_it_tells(
        self, counter: Counter, drain: Do, frozen: MovableClock
    ) -> None:
        rules()
        task("check_in", period="daily")
        frozen.set(datetime(2026, 11, 24, 15, 59, 58, tzinfo=UTC))
        counter.buyer.post("/me/check-in", json={}).ok()
        frozen.move(minutes=5)
        drain()
        (view,) = counter.buyer.get("/me/tasks").ok()["items"]
        assert (view["state"], view["earlier"]) == ("doing", "2026-11-24")

    def test_the_window(self, counter: Counter, frozen: MovableClock, cloud: Cloud) -> None:
        late = task("share", starts_at=harness.START + timedelta(days=1), ends_at=harness.START + timedelta(days=2))
        with cloud.unchanged():
            assert share(counter).ok() == {"counted": False}
            assert seen(counter) == []
            assert claim(counter, late).code == "task_closed"
        frozen.move(days=1)
        share(counter, "share-0002").ok()
        frozen.move(days=1)
        assert seen(counter) == [(1, "finished")], "the reward waits"
        with cloud.unchanged():
            assert share(counter, "share-0003").ok() == {"counted": False}
        frozen.move(days=7)
        with cloud.unchanged():
            assert seen(counter) == []
            assert claim(counter, late).code == "task_closed"

    def test_who_did_nothing_does_not_see_a_task_that_is_over(self, counter: Counter, frozen: MovableClock) -> None:
        task("share", ends_at=harness.START + timedelta(days=1))
        assert seen(counter) == [(0, "doing")]
        frozen.move(days=1)
        assert seen(counter) == []


class TestAudience:
    def test_members_of_a_segment(self, counter: Counter, cloud: Cloud) -> None:
        stored = task("share", segment_id="seg_1")
        with cloud.unchanged():
            assert (seen(counter), share(counter).ok()["counted"]) == ([], False)
        with Transaction() as tx:
            members.post_notice(tx, counter.shopper.id, "segments", ["seg_1"])
        assert share(counter, "share-0002").ok()["counted"]
        with Transaction() as tx:
            members.post_notice(tx, counter.shopper.id, "segments", None)
        assert seen(counter) == [(1, "finished")], "who finished keeps the reward"
        claim(counter, stored).ok()


class TestClaiming:
    def test_once_and_again_answers_the_same(self, counter: Counter, cloud: Cloud, drain: Do) -> None:
        coupon = template(way="grant")
        given = {"points": 20, "growth": 30, "coupon_templates": [coupon.id], "make_up_cards": 2}
        stored = task("share", reward=given)
        with cloud.unchanged():
            assert claim(counter, stored).code == "task_not_finished"
        share(counter).ok()
        first = claim(counter, stored).ok()
        with cloud.unchanged():
            assert claim(counter, stored).ok() == first
        assert (first["state"], points_of(counter), len(held(counter.shopper.id))) == ("claimed", 20, 1)
        assert cards_of(counter.shopper.id) == 2
        growth = GROWTH.posted(counter.shopper.id, "task", f"{stored.id}/once")
        assert (growth.amount, growth.note) == (30, "任务 share")
        (entry,) = PointsEntry.query(counter.shopper.id)
        assert entry.note == "任务 share"
        drain(twice=True)
        assert numbers_of(stored) == (1, 1)
        require_sound(counter.shopper.id)

    @pytest.mark.dynoxide
    def test_many_taps_at_once(self, counter: Counter) -> None:
        stored = task("share", reward={"points": 20, "make_up_cards": 1})
        share(counter).ok()
        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(lambda _: claim(counter, stored), range(6)))
        assert any(reply.status == 200 for reply in replies)
        assert {reply.code for reply in replies if reply.status != 200} <= {
            *("task_progress_moved", "account_moved", "too_busy")
        }
        assert (points_of(counter), cards_of(counter.shopper.id)) == (20, 1)

    def test_drafts_stopped_and_unknown_ones(self, counter: Counter, cloud: Cloud) -> None:
        draft, stopped = task("share", active=False), task("share")
        share(counter).ok()
        from chalicelib.loyalty.tasks.center.editing import service as editing
        from chalicelib.loyalty.tasks.center.editing.schemas import SetTaskStatus
        from chalicelib.loyalty.tasks.center.models import TaskStatus

        editing.set_status(stopped.id, SetTaskStatus(status=TaskStatus.STOPPED, version=2))
        with cloud.unchanged():
            assert claim(counter, draft).code == "task_not_found"
            assert claim(counter, stopped).code == "task_closed"
            assert counter.buyer.post("/me/tasks/tsk_x/claim", json={}).code == "task_not_found"
            assert counter.buyer.post(f"/me/tasks/{stopped.id}/claim", json={"key": "x"}).status == 422
            assert share(counter, "share-0002").ok()["counted"] is False
        assert seen(counter) == []
        editing.set_status(stopped.id, SetTaskStatus(status=TaskStatus.ACTIVE, version=3))
        assert claim(counter, stopped).ok()["state"] == "claimed"

    def test_what_was_promised_is_what_is_given(self, counter: Counter) -> None:
        stored = task("share", target=1)
        share(counter).ok()
        edited(stored, reward={"points": 1}, target=50)
        assert seen(counter) == [(50, "finished")]
        assert claim(counter, stored).ok()["reward"]["points"] == 20
        assert points_of(counter) == 20

    def test_a_target_that_was_lowered(self, counter: Counter, drain: Do) -> None:
        stored = task("share", target=3)
        share(counter).ok()
        edited(stored, target=1)
        assert seen(counter) == [(1, "finished")]
        claim(counter, stored).ok()
        drain(twice=True)
        assert numbers_of(stored) == (1, 1)

    def test_several_by_themselves_in_one_moment(self, counter: Counter, drain: Do) -> None:
        tasks = [task("share", automatic=True) for _ in range(3)]
        share(counter).ok()
        assert seen(counter) == [(1, "finished")] * 3
        drain(redeliver=True)
        drain(twice=True)
        assert (seen(counter), points_of(counter)) == ([(1, "claimed")] * 3, 60)
        assert [numbers_of(each) for each in tasks] == [(1, 1)] * 3
        require_sound(counter.shopper.id)

    def test_death_at_every_step(self, counter: Counter, cloud: Cloud, sweep: Do) -> None:
        made: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            made["me"] = Counter(counter.http, factories.shopper())
            coupon = template(way="grant")
            made["task"] = task("share", reward={"points": 7, "coupon_templates": [coupon.id], "make_up_cards": 1})
            share(made["me"]).ok()

        def check() -> None:
            claim(made["me"], made["task"]).ok()
            sweep(redeliver=True)
            me = counter.shopper.id
            assert (points_of(counter), len(held(me)), cards_of(me)) == (7, 1, 1)
            assert numbers_of(made["task"]) == (1, 1)
            require_sound(me)

        every_death(begin, lambda: claim(made["me"], made["task"]), check)

    def test_death_while_it_comes_by_itself(self, counter: Counter, cloud: Cloud, sweep: Do, drain: Do) -> None:
        made: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            made["me"] = Counter(counter.http, factories.shopper())
            made["task"] = task("share", automatic=True)
            share(made["me"]).ok()

        def check() -> None:
            sweep(redeliver=True)
            assert (seen(made["me"]), points_of(counter)) == ([(1, "claimed")], 20)
            assert numbers_of(made["task"]) == (1, 1)

        every_death(begin, drain, check)


class TestAccounts:
    def test_a_closed_one(self, counter: Counter, drain: Do, cloud: Cloud) -> None:
        task("share")
        task("friend_visits", target=2)
        share(counter).ok()
        link = code_for("pages/index", {}, counter.shopper.id)
        with Transaction() as tx:
            tx.emit(LinkVisited(code=link.code, at=harness.START, member_id=factories.shopper("two").id))
        drain()
        assert cloud.items("task_counts")
        part = counter.buyer.get("/me/export").ok()["parts"]["tasks"]
        assert sorted(each["count"] for each in part) == [1, 1]
        with Transaction() as tx:
            tx.emit(MemberClosed(member_id=counter.shopper.id))
        drain(twice=True)
        assert cloud.items("task_progress") == cloud.items("task_counts") == cloud.items("task_reports") == []

    def test_a_row_of_a_day_is_forgotten_one_day(self, counter: Counter) -> None:
        task("share", period="daily")
        task("share")
        share(counter).ok()
        ends = sorted(bool(each.expires_at) for each in TaskProgress.query(counter.shopper.id))
        assert ends == [False, True]
