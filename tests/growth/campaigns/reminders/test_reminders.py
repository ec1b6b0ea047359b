"""Asking to be told, taking it back, being told: each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.reminders import models, service
from chalicelib.growth.campaigns.base.reminders.events import RemindSome
from chalicelib.growth.campaigns.base.reminders.models import Reminder, ReminderBook
from chalicelib.growth.campaigns.base.reminders.walking import service as walking
from chalicelib.growth.notifications.models import MessageQuota
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.orders.events import OrderPaid
from infra.local.faults import every_death, watched
from tests.growth.campaigns.factories import at, fields, put_into, stored
from tests.growth.campaigns.flash_sale.factories import TODAY, goods
from tests.growth.campaigns.friends import at_once
from tests.growth.campaigns.reminders.factories import Waiting, pages_told, require_whole
from tests.harness import START, Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories

Do = Callable[..., Any]


def page_of(campaign: Any, session: str = "") -> str:
    return f"pages/campaign/detail?id={campaign['id']}&session={session}"


class TestAsking:
    def test_asked_twice_seen_and_taken_back(self, waiting: Waiting, cloud: Cloud) -> None:
        campaign, an = waiting.campaign(), waiting.member()
        first = waiting.ask(an, campaign).ok()
        assert (first["state"], first["title"]) == ("waiting", "活动")
        assert at(first["starts_at"]) - at(first["remind_at"]) == timedelta(minutes=5)
        with cloud.unchanged():
            assert waiting.ask(an, campaign).ok() == first
        assert waiting.mine(an) == [(campaign["id"], "waiting")]
        assert an.get(f"/campaigns/{campaign['id']}").ok()["reminded"] == [""]
        listed = an.get("/campaigns", query={"status": "scheduled"}).ok()["items"]
        assert [each["reminded"] for each in listed] == [[""]]
        assert waiting.http.get(f"/campaigns/{campaign['id']}").ok()["reminded"] == []
        require_whole(campaign, waiting)
        assert waiting.take_back(an, campaign).status == 204
        with cloud.unchanged():
            assert waiting.take_back(an, campaign).status == 204
        assert (waiting.mine(an), waiting.numbers(campaign)) == ([], (0, 0))
        require_whole(campaign, waiting)

    def test_what_is_refused(self, waiting: Waiting, frozen: MovableClock, cloud: Cloud) -> None:
        campaign, an = waiting.campaign(remind_minutes=10), waiting.member()
        draft = waiting.booth.draft("limited_discount", *campaign["items"], begins=5)
        closed = waiting.campaign(begins=30, segment_id=None)
        waiting.booth.step(closed, "withdraw")
        with cloud.unchanged():
            for other in ({"id": "cmp_no"}, draft, closed):
                assert waiting.ask(an, other).code == "campaign_not_found"
            assert waiting.ask(an, campaign, "202611241000").code == "campaign_session_unknown"
            assert waiting.ask(waiting.http, campaign).status == 401
            assert an.put(f"/campaigns/{campaign['id']}/reminder", json={"session": "x" * 40}).status == 422
            assert an.put(f"/campaigns/{campaign['id']}/reminder", json={"other": 1}).status == 422
        # The very moment at which members are told is too late to ask.
        frozen.set(START + timedelta(minutes=50) - timedelta(seconds=1))
        waiting.ask(waiting.member("bo"), campaign).ok()
        frozen.set(at(campaign["starts_at"]) - timedelta(minutes=10, milliseconds=1))
        with cloud.unchanged():
            assert waiting.ask(an, campaign).code == "reminder_too_late"

    def test_only_for_whom_it_will_be_open(self, waiting: Waiting, cloud: Cloud) -> None:
        campaign, an, bo = waiting.campaign(), waiting.member(), waiting.member("bo")
        found = stored(campaign)
        found.segment_id = "seg_vip"
        found.save()
        put_into(factories.shopper("bo").id, "seg_vip")
        with cloud.unchanged():
            assert waiting.ask(an, campaign).code == "reminder_not_for_you"
        waiting.ask(bo, campaign).ok()

    def test_so_many_at_a_time(
        self, waiting: Waiting, frozen: MovableClock, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "MAX_WAITING", 2)
        soon, later, last = (waiting.campaign(begins=hours) for hours in (1, 5, 6))
        an = waiting.member()
        waiting.ask(an, soon).ok()
        waiting.ask(an, later).ok()
        with cloud.unchanged():
            assert waiting.ask(an, last).code == "too_many_reminders"
        # What has begun is not waited for any more.
        frozen.move(hours=1)
        waiting.ask(an, last).ok()

    def test_what_it_costs(self, waiting: Waiting) -> None:
        """The tap's own check of the member is a part of it."""
        campaign, an = waiting.campaign(), waiting.member()
        with watched() as asking:
            waiting.ask(an, campaign).ok()
        assert [str(each) for each in asking.steps] == ["dynamodb BatchGetItem", "dynamodb TransactWriteItems"]
        with watched() as listing:
            waiting.mine(an)
        assert [str(each) for each in listing.steps] == ["dynamodb Query", "dynamodb BatchGetItem"]

    @pytest.mark.dynoxide
    def test_two_taps_at_once(self, waiting: Waiting) -> None:
        campaign, an = waiting.campaign(), waiting.member()
        replies = at_once([lambda: waiting.ask(an, campaign)] * 4)
        assert {each.status for each in replies} <= {200, 409}
        assert any(each.status == 200 for each in replies)
        require_whole(campaign, waiting)


class TestTelling:
    def test_everybody_is_told_once(
        self, waiting: Waiting, sweep: Do, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(walking, "CHUNK", 2)
        campaign = waiting.campaign(remind_minutes=30)
        everybody = [waiting.member(f"m{number}") for number in range(25)]
        for each in everybody:
            waiting.ask(each, campaign).ok()
        waiting.take_back(everybody[0], campaign)
        sweep(minutes=29)
        assert pages_told() == []
        sweep(minutes=3, twice=True)
        assert pages_told() == [page_of(campaign)] * 24
        assert waiting.numbers(campaign) == (24, 24)
        assert waiting.mine(everybody[1]) == [(campaign["id"], "told")]
        # Told is told: nothing is left to take back.
        with cloud.unchanged():
            assert waiting.take_back(everybody[1], campaign).status == 204
        sweep(minutes=31, twice=True)
        assert pages_told() == [page_of(campaign)] * 24

    def test_who_has_not_agreed_is_noted_and_not_sent(self, waiting: Waiting, sweep: Do) -> None:
        campaign, an = waiting.campaign(), waiting.member()
        MessageQuota(member_id=factories.shopper("an").id, template_id=waiting.template_id, left=0).save()
        waiting.ask(an, campaign).ok()
        sweep(minutes=57)
        assert (pages_told(), waiting.numbers(campaign)) == ([""], (1, 1))

    def test_moved_before_and_after_the_word(self, waiting: Waiting, sweep: Do) -> None:
        campaign, an = waiting.campaign(begins=1), waiting.member()
        waiting.ask(an, campaign).ok()

        def move(begins: float) -> None:
            draft = waiting.booth.step(campaign, "withdraw")
            assert waiting.mine(an) == [(campaign["id"], "off")]
            body = fields("limited_discount", *campaign["items"], begins=begins, version=draft["version"])
            waiting.booth.staff.put(f"/admin/campaigns/{campaign['id']}", json=body).ok()
            waiting.booth.step(campaign, "schedule")
            waiting.drain()
            assert waiting.mine(an) == [(campaign["id"], "waiting")]

        move(begins=2)
        sweep(minutes=60)
        assert pages_told() == []  # the deadline of the first round finds another round
        sweep(minutes=57)
        assert pages_told() == [page_of(campaign)]
        # Told, and moved again: told again, of the new beginning. (WeChat does not know the played member.)
        waiting.member()
        move(begins=1)
        sweep(minutes=57, twice=True)
        assert pages_told() == [page_of(campaign)] * 2
        assert waiting.mine(an) == [(campaign["id"], "told")]

    @pytest.mark.parametrize("how", ["withdrawn", "stopped"])
    def test_nobody_is_told_of_what_is_not_to_come(
        self, waiting: Waiting, frozen: MovableClock, sweep: Do, how: str
    ) -> None:
        campaign, an = waiting.campaign(), waiting.member()
        waiting.ask(an, campaign).ok()
        if how == "withdrawn":
            waiting.booth.step(campaign, "withdraw")
        else:
            # The sweep was down until it ran, and was stopped.
            frozen.set(at(campaign["starts_at"]))
            waiting.booth.step(campaign, "stop")
        sweep(minutes=60)
        assert (pages_told(), waiting.mine(an)) == ([], [(campaign["id"], "off")])

    def test_an_outage_is_caught_up_while_it_makes_sense(
        self, waiting: Waiting, frozen: MovableClock, sweep: Do
    ) -> None:
        soon, over = waiting.campaign(begins=1, lasts=20), waiting.campaign(begins=1, lasts=2)
        an = waiting.member()
        for each in (soon, over):
            waiting.ask(an, each).ok()
        sweep(minutes=4 * 60)
        assert pages_told() == [page_of(soon)]

    def test_a_session_of_a_flash_sale(self, waiting: Waiting, sweep: Do, cloud: Cloud) -> None:
        quilt = factories.product(price=12_000, stock=20)
        sessions = [{"day": TODAY, "time": time, "minutes": 60} for time in ("11:00", "14:00")]
        eleven, two = "202611241100", "202611241400"
        window = {"starts_at": f"{TODAY}T00:00:00+08:00", "ends_at": "2026-11-25T00:00:00+08:00"}
        campaign = waiting.booth.run(
            "flash_sale", goods(quilt, pieces={eleven: 4, two: 4}), settings={"sessions": sessions}, **window
        )
        waiting.drain()
        an = waiting.member()
        with cloud.unchanged():
            # It runs since midnight, and begins twice.
            assert waiting.ask(an, campaign).code == "campaign_session_unknown"
        waiting.ask(an, campaign, two).ok()
        assert an.get(f"/campaigns/{campaign['id']}").ok()["reminded"] == [two]
        sweep(minutes=60)
        assert pages_told() == []
        sweep(minutes=177, twice=True)
        assert pages_told() == [page_of(campaign, two)]
        assert waiting.ask(waiting.member("bo"), campaign, eleven).code == "reminder_too_late"

    def test_dies_at_every_step_of_a_page(
        self,
        waiting: Waiting,
        frozen: MovableClock,
        cloud: Cloud,
        drain: Do,
        sweep: Do,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Two of the page, and more to come: everybody is told once, whatever dies."""
        monkeypatch.setattr(walking, "CHUNK", 2)
        monkeypatch.setattr(models, "SHARDS", 1)
        world: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            frozen.set(START)
            waiting.booth.logged_in_at = None
            waiting.map_kind()
            world["campaign"] = campaign = waiting.campaign()
            for name in ("an", "bo", "cy"):
                waiting.ask(waiting.member(name), campaign).ok()
            frozen.set(at(campaign["starts_at"]) - timedelta(minutes=4))
            world["event"] = RemindSome(campaign_id=campaign["id"], version=stored(campaign).version, shard=0)

        def act() -> None:
            with Transaction() as tx:
                walking.go_on(tx, world["event"])

        def check() -> None:
            act()  # as the queue would
            drain(redeliver=True)
            sweep()
            assert cloud.dead_letters() == []
            assert pages_told() == [page_of(world["campaign"])] * 3
            require_whole(world["campaign"], waiting)

        steps = every_death(begin, act, check)
        assert sum("TransactWriteItems" in str(each) for each in steps) >= 3


class TestAfterwards:
    def test_what_reminders_brought(self, waiting: Waiting, sweep: Do, drain: Do) -> None:
        """Asked, told, came, bought: and how much of what was sold is theirs."""
        campaign = waiting.campaign(lasts=20)
        quilt = Product.find(campaign["items"][0]["product_id"])
        assert quilt is not None
        an, bo = waiting.member(), waiting.member("bo")
        for each in (an, bo):
            waiting.ask(each, campaign).ok()
            each.get(f"/campaigns/{campaign['id']}").ok()
        sweep(minutes=60)
        for _ in range(2):
            an.get(f"/campaigns/{campaign['id']}").ok()
        for number, name in enumerate(["an", "an", "stranger"]):
            shopper = factories.shopper(name)
            order = Counter(waiting.http, shopper).order(factories.line(quilt), key=f"tap-{name}-{number}")
            with Transaction() as tx:
                tx.emit(OrderPaid(member_id=shopper.id, order_id=order["id"]))
            drain(twice=True)
        found = waiting.booth.numbers(campaign)
        names = ("count", "came_count", "buyer_count", "order_count", "paid_amount")
        assert [found[f"reminder_{name}"] for name in names] == [2, 1, 1, 2, 1800]
        assert (found["order_count"], found["paid_amount"]) == (3, 2700)

    def test_a_closed_account_leaves_nothing(self, waiting: Waiting, drain: Do, sweep: Do) -> None:
        campaign, an = waiting.campaign(), waiting.member()
        waiting.ask(an, campaign).ok()
        member_id = factories.shopper("an").id
        exported = service.export(member_id)
        assert [each["occasion"] for each in exported] == [campaign["id"]]
        with Transaction() as tx:
            tx.emit(MemberClosed(member_id=member_id))
        drain(twice=True)
        assert (list(Reminder.scan()), list(ReminderBook.scan())) == ([], [])
        sweep(minutes=57)
        assert pages_told() == []

    def test_who_closes_the_account_is_not_written_down(self, waiting: Waiting, cloud: Cloud) -> None:
        campaign, an = waiting.campaign(), waiting.member()
        member = Member.find(factories.shopper("an").id, consistent=True)
        assert member is not None
        member.status = "closed"
        member.save()
        with cloud.unchanged():
            assert waiting.ask(an, campaign).status == 401
