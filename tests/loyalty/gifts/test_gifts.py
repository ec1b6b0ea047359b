"""Gifts: birthdays, anniversaries, levels reached, each month; each once, none lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import inbox, jobs
from chalicelib.core.errors import TooBusy
from chalicelib.core.ledgers import insistently
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service as coupons
from chalicelib.loyalty.coupons.models import MAX_BOOK, Coupon, CouponBook
from chalicelib.loyalty.gifts import service
from chalicelib.loyalty.gifts.days import service as days
from chalicelib.loyalty.gifts.errors import DatesMoved, DayTaken
from chalicelib.loyalty.gifts.models import GiftMark, GiftRulesRow, MemberDates, MemberDay, MemberGift
from chalicelib.loyalty.gifts.schemas import GiftKind, GiftRules
from chalicelib.loyalty.membership.models import Growth, GrowthEntry, Membership
from chalicelib.loyalty.points.models import Points, PointsEntry
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.events import MemberRegistered, MembersMerged
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.members.schemas import EditProfile
from chalicelib.mall.identity.privacy import service as privacy
from infra.local.faults import every_death
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.coupons.factories import held, template
from tests.loyalty.factories import Counter, staff
from tests.loyalty.membership.factories import balance, give, ladder, level, take
from tests.trade import factories

Do = Callable[..., Any]


def rules(**more: Any) -> None:
    GiftRulesRow(shop="mall", rules=GiftRules.model_validate(more), version=1).save()


def born(member_id: str, day: str | None) -> None:
    """As the member tells it."""
    members.edit_profile(member_id, EditProfile(birthday=date.fromisoformat(day) if day else None))


def gifts(member_id: str) -> list[str]:
    return sorted(each.id for each in MemberGift.query(member_id, consistent_read=True))


def points(member_id: str) -> int:
    account = Points.find(member_id, consistent=True)
    return account.balance if account is not None else 0


def slots(member_id: str) -> list[str]:
    return sorted(each.slot.rpartition("#")[0] for each in MemberDay.scan(MemberDay.member_id == member_id))


def on(frozen: MovableClock, day: str, hour: int = 10) -> None:
    """That hour of a business day."""
    frozen.set(datetime.fromisoformat(f"{day}T{hour:02d}:00:00+08:00"))


def begin_day(frozen: MovableClock, day: str) -> None:
    """The job runs on that day, having run on the day before."""
    GiftMark(shop="mall", through=(date.fromisoformat(day) - timedelta(days=1)).isoformat()).save()
    on(frozen, day)
    assert jobs.run("give_day_gifts") == 1


class TestCalendar:
    def test_follows_the_profile(self, counter: Counter, drain: Do, cloud: Cloud) -> None:
        me = counter.shopper.id
        with Transaction() as tx:
            tx.emit(MemberRegistered(member_id=me))
        drain(twice=True)
        assert slots(me) == ["anniversary#11-24"]
        born(me, "1990-03-05")
        drain(twice=True)
        assert slots(me) == ["anniversary#11-24", "birthday#03-05"]
        born(me, "1990-04-05")
        drain(twice=True)
        assert slots(me) == ["anniversary#11-24", "birthday#04-05"]
        before = cloud.items("member_dates")
        members.edit_profile(me, EditProfile(nickname="小明"))
        drain()
        assert cloud.items("member_dates") == before
        born(me, None)
        drain(twice=True)
        assert slots(me) == ["anniversary#11-24"]

    @pytest.mark.dynoxide
    def test_two_changes_at_once(self, counter: Counter) -> None:
        """Whoever is refused comes again: the calendar is where the profile is."""
        me = counter.shopper.id
        born(me, "1990-03-05")

        def enter() -> None:
            with Transaction() as tx:
                days.enter(tx, me)

        def one(_: int) -> None:
            with suppress(DatesMoved, TooBusy):
                insistently(enter)

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(one, range(3)))
        dates = MemberDates.find(me, consistent=True)
        assert dates is not None
        assert sorted(each.rpartition("#")[0] for each in dates.slots) == slots(me)
        assert slots(me) == ["anniversary#11-24", "birthday#03-05"]

    def test_the_walk_enters_who_was_there_before(self, counter: Counter, http: Client, drain: Do) -> None:
        Member(id=counter.shopper.id).update([Member.birthday.set("1990-03-05")])
        Member(id="mem_shell", registered_at=datetime(2026, 1, 1, tzinfo=UTC)).save()
        staff(http, "segments.write").post("/admin/segment-runs", json={}).ok()
        drain(twice=True)
        assert slots(counter.shopper.id) == ["anniversary#11-24", "birthday#03-05"]
        assert slots("mem_shell") == [], "a shell gets nothing"

    def test_closed_and_merged(self, counter: Counter, drain: Do, cloud: Cloud) -> None:
        me = counter.shopper.id
        born(me, "1990-11-24")
        rules(birthday={"basic": {"points": 5}})
        drain()
        assert gifts(me) == ["birthday/2026"]
        privacy.close(me)
        with Transaction() as tx:
            tx.emit(MembersMerged(member_id="mem_x", from_member_id="mem_shell"))
        drain(twice=True)
        assert [cloud.items(name) for name in ("member_days", "member_dates", "member_gifts")] == [[], [], []]


class TestBirthday:
    def test_on_the_day_once(self, counter: Counter, drain: Do, frozen: MovableClock) -> None:
        ladder()
        made, me = template(way="grant", per_member_limit=1), counter.shopper.id
        reward = {"points": 100, "growth": 50, "coupon_templates": [made.id, made.id]}
        rules(birthday={"silver": reward, "basic": {"points": 1}})
        give(me, 500)
        born(me, "1990-12-01")
        drain()
        on(frozen, "2026-11-30", 23)
        assert jobs.run("give_day_gifts") == 1
        drain()
        assert gifts(me) == []
        on(frozen, "2026-12-01", 0)
        assert jobs.run("give_day_gifts") == 1
        assert jobs.run("give_day_gifts") == 0
        drain(twice=True)
        assert (gifts(me), points(me), balance(me), len(held(me))) == (["birthday/2026"], 100, 550, 2)
        shown = counter.buyer.get("/me/gifts").ok()
        assert (shown["offered"]["level"], shown["given"][0]["id"], shown["given"][0]["level"]) == (
            "silver",
            "birthday/2026",
            "silver",
        )
        entries = counter.buyer.get("/me/points/entries").ok()["items"]
        assert [(each["kind"], each["note"]) for each in entries] == [("birthday_gift", "生日礼")]

    def test_changed_twice_a_year(self, counter: Counter, drain: Do, frozen: MovableClock) -> None:
        rules(birthday={"basic": {"points": 5}})
        me = counter.shopper.id
        for day in ("2026-12-01", "2026-12-02", "2026-12-03"):
            on(frozen, day)
            born(me, "1990" + day[4:])
            jobs.run("give_day_gifts")
            drain(twice=True)
        assert (gifts(me), points(me)) == (["birthday/2026"], 5)
        begin_day(frozen, "2027-12-03")
        drain()
        assert gifts(me) == ["birthday/2026", "birthday/2027"]

    def test_told_on_the_day_after_the_run(self, counter: Counter, drain: Do) -> None:
        rules(birthday={"basic": {"points": 5}})
        jobs.run("give_day_gifts")
        drain()
        born(counter.shopper.id, "1990-11-24")
        drain(twice=True)
        assert gifts(counter.shopper.id) == ["birthday/2026"]

    def test_moved_away_before_the_message(self, counter: Counter, cloud: Cloud) -> None:
        rules(birthday={"basic": {"points": 5}})
        born(counter.shopper.id, "1990-11-25")
        with cloud.unchanged(), Transaction() as tx:
            days.give_day_gift(tx, counter.shopper.id, GiftKind.BIRTHDAY, date(2026, 11, 24))

    @pytest.mark.parametrize(
        ("day", "given"),
        [
            ("2027-02-27", False),
            ("2027-02-28", True),
            ("2027-03-01", False),
            ("2028-02-28", False),
            ("2028-02-29", True),
        ],
    )
    def test_leap_day(self, counter: Counter, drain: Do, frozen: MovableClock, day: str, given: int) -> None:
        rules(birthday={"basic": {"points": 5}})
        born(counter.shopper.id, "2000-02-29")
        drain()
        begin_day(frozen, day)
        drain()
        assert gifts(counter.shopper.id) == ([f"birthday/{day[:4]}"] if given else [])

    def test_missed_days_are_made_up(self, counter: Counter, drain: Do, frozen: MovableClock) -> None:
        rules(birthday={"basic": {"points": 5}})
        other = factories.shopper("two")
        born(counter.shopper.id, "1990-12-31")
        born(other.id, "1990-01-02")
        drain()
        GiftMark(shop="mall", through="2026-12-30").save()
        on(frozen, "2027-01-03")
        assert jobs.run("give_day_gifts") == 4
        drain(twice=True)
        assert (gifts(counter.shopper.id), gifts(other.id)) == (["birthday/2026"], ["birthday/2027"])

    def test_a_mall_that_slept_very_long(self, frozen: MovableClock, cloud: Cloud, monkeypatch: Any) -> None:
        monkeypatch.setattr(days, "CATCH_UP", 3)
        jobs.run("give_day_gifts")
        frozen.move(days=400)
        assert jobs.run("give_day_gifts") == 3

    def test_a_page_at_a_time(self, counter: Counter, drain: Do, cloud: Cloud, monkeypatch: Any) -> None:
        rules(birthday={"basic": {"points": 5}})
        people = [factories.shopper(f"p{number}") for number in range(7)]
        for each in people:
            MemberDay(slot="birthday#11-24#0", member_id=each.id).save()
            Member(id=each.id).update([Member.birthday.set("1990-11-24")])
        monkeypatch.setattr(days, "PAGE", 3)
        jobs.run("give_day_gifts")
        drain(twice=True)
        assert [gifts(each.id) for each in people] == [["birthday/2026"]] * 7

    def test_two_runs_at_once_begin_a_day_once(self, frozen: MovableClock, cloud: Cloud) -> None:
        days._begin(date(2026, 11, 24), None)
        with cloud.unchanged(), pytest.raises(DayTaken):
            days._begin(date(2026, 11, 24), None)
        assert len({message["event_id"] for message in cloud.messages("reactions")}) == 2 * 8

    def test_no_room_for_the_coupon(self, counter: Counter, drain: Do) -> None:
        made = template(way="grant")
        rules(birthday={"basic": {"coupon_templates": [made.id]}})
        for number in range(MAX_BOOK):
            with Transaction() as tx:
                coupons.grant(tx, made.id, counter.shopper.id, cause=f"c{number}")
        born(counter.shopper.id, "1990-11-24")
        drain(twice=True)
        assert gifts(counter.shopper.id) == ["birthday/2026"]
        assert len(counter.buyer.get("/me/waiting-coupons").ok()["items"]) == 1


class TestAnniversary:
    def test_from_the_first_year_on(self, counter: Counter, drain: Do, frozen: MovableClock) -> None:
        rules(anniversary={"basic": {"points": 5}})
        me = counter.shopper.id
        with Transaction() as tx:
            tx.emit(MemberRegistered(member_id=me))
        drain()
        jobs.run("give_day_gifts")
        drain()
        assert gifts(me) == []
        begin_day(frozen, "2027-11-24")
        drain(twice=True)
        assert gifts(me) == ["anniversary/2027"]


class TestUpgrade:
    def test_each_level_on_the_way_once_for_ever(
        self, counter: Counter, drain: Do, sweep: Do, frozen: MovableClock
    ) -> None:
        ladder()
        rules(upgrade={"silver": {"points": 10}, "gold": {"points": 20}}, upgrade_delay_days=0)
        me = counter.shopper.id
        give(me, 1000)
        drain(twice=True)
        sweep(twice=True)
        assert (gifts(me), points(me)) == (["upgrade/gold", "upgrade/silver"], 30)
        take(me, 900)
        give(me, 900, "again")
        drain(twice=True)
        sweep(twice=True)
        assert (level(me), points(me)) == ("gold", 30)

    def test_not_for_goods_that_went_back(
        self, counter: Counter, drain: Do, frozen: MovableClock, cloud: Cloud
    ) -> None:
        ladder()
        rules(upgrade={"silver": {"points": 10}, "gold": {"points": 20}}, upgrade_delay_days=1)
        me = counter.shopper.id
        give(me, 1000)
        drain()
        waiting = sorted(
            each["due_at"]["S"] for each in cloud.items("outbox") if each["kind"]["S"] == "GiveUpgradeGift"
        )
        assert waiting == ["2026-11-25T02:00:00.000000Z"] * 2
        take(me, 500)
        frozen.move(days=1)
        for gift in ("silver", "gold"):
            # The deadlines of a day ago: the sweeps in between had nothing.
            with Transaction() as tx:
                service.give_upgrade_gift(tx, me, gift)
        assert gifts(me) == ["upgrade/silver"], "gold was gone by then"

    def test_no_level_was_reached(self, counter: Counter, cloud: Cloud) -> None:
        ladder()
        rules(upgrade={"basic": {"points": 10}, "silver": {"points": 10}}, upgrade_delay_days=0)
        with cloud.unchanged(), Transaction() as tx:
            service.plan_upgrade_gifts(tx, counter.shopper.id, "basic", "")
            service.plan_upgrade_gifts(tx, counter.shopper.id, "silver", "gold")


class TestMonthly:
    def test_once_a_month(self, counter: Counter, frozen: MovableClock, cloud: Cloud) -> None:
        ladder()
        rules(monthly={"silver": {"points": 20}})
        me = counter.shopper.id
        with cloud.unchanged():
            assert counter.buyer.post("/me/gifts/monthly").code == "no_monthly_gift"
        give(me, 500)
        assert counter.buyer.get("/me/gifts").ok()["monthly_taken"] is False
        taken = counter.buyer.post("/me/gifts/monthly").ok()
        give(me, 500, "gold now")
        with cloud.unchanged():
            assert counter.buyer.post("/me/gifts/monthly").ok() == taken
        assert counter.buyer.get("/me/gifts").ok()["monthly_taken"] is True
        assert points(me) == 20
        on(frozen, "2026-12-01", 0)
        with cloud.unchanged():
            assert counter.buyer.post("/me/gifts/monthly").code == "no_monthly_gift", "gold gets none"

    @pytest.mark.dynoxide
    def test_a_flurry_of_taps(self, counter: Counter) -> None:
        rules(monthly={"basic": {"points": 20}})
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda _: counter.buyer.post("/me/gifts/monthly"), range(8)))
        assert {each.status for each in replies} <= {200, 409, 503}
        assert any(each.status == 200 for each in replies)
        assert (gifts(counter.shopper.id), points(counter.shopper.id)) == (["monthly/2026-11"], 20)


def test_death_at_every_step(counter: Counter, cloud: Cloud, drain: Do) -> None:
    """Whichever step it dies at: points, growth, coupon and receipt together, once."""
    ladder()
    me, made = counter.shopper.id, template(way="grant")
    reward = {"points": 100, "growth": 50, "coupon_templates": [made.id]}
    rules(birthday={"basic": reward})
    Member(id=me).update([Member.birthday.set("1990-11-24")])

    def act() -> None:
        payload = {"member_id": me, "kind": "birthday", "day": "2026-11-24"}
        message = {"subscriber": "loyalty.gifts.give_day_gift", "event_id": "evt_1", "payload": payload}
        inbox.react(json.dumps({**message, "correlation_id": "x"}), first=False)

    def begin() -> None:
        for model in (
            MemberGift,
            Points,
            PointsEntry,
            Growth,
            GrowthEntry,
            Membership,
            CouponBook,
            Coupon,
            inbox.InboxItem,
        ):
            for each in model.scan():
                each.delete()

    def check() -> None:
        act()
        assert (gifts(me), points(me), balance(me), len(held(me))) == (["birthday/2026"], 100, 50, 1)

    every_death(begin, act, check)


class TestStaff:
    def test_rules(self, http: Client, frozen: Any, cloud: Cloud) -> None:
        ladder()
        desk = staff(http, "membership.read", "membership.write")
        assert desk.get("/admin/gift-rules").ok()["version"] == 0
        body = {"rules": {"birthday": {"gold": {"points": 5}}, "upgrade": {"gold": {"points": 7}}}, "version": 0}
        desk.put("/admin/gift-rules", json=body).ok()
        with cloud.unchanged():
            assert desk.put("/admin/gift-rules", json=body).code == "gift_rules_edited"
            for wrong, code in (
                ({"birthday": {"wood": {"points": 5}}}, "level_not_found"),
                ({"upgrade": {"basic": {"points": 5}}}, "no_upgrade_gift"),
                ({"monthly": {"gold": {"coupon_templates": ["cpt_x"]}}}, "coupon_template_not_found"),
            ):
                reply = desk.put("/admin/gift-rules", json={"rules": wrong, "version": 1})
                assert (reply.code, reply.status >= 400) == (code, True)
        shown = {each["level"]: each for each in http.get("/levels/gifts").ok()["items"]}
        assert shown["gold"]["birthday"]["points"] == 5
        assert shown["silver"]["birthday"] is None
