"""The life of a campaign: its clock, its boards, its stock, whatever dies on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.growth.campaigns.base.boards.service import MAX_POSTINGS
from chalicelib.growth.campaigns.base.models import Board
from chalicelib.growth.campaigns.base.schemas import Posting
from infra.local.faults import every_death
from tests.growth.campaigns.factories import (
    Booth,
    at,
    fields,
    halted,
    item,
    left,
    posted,
    require_conserved,
    stored,
)
from tests.harness import START, Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories

Do = Callable[..., Any]
PLAY = "limited_discount"


def phase_of(campaign: Any) -> tuple[str, str]:
    found = stored(campaign)
    return found.status.value, found.phase.value


class TestClock:
    def test_opens_and_ends_by_itself(self, booth: Booth, sweep: Do) -> None:
        quilt = factories.product(stock=10)
        campaign = booth.run(PLAY, item(quilt, 900, stock=4), begins=0.1, lasts=0.1)
        assert (phase_of(campaign), posted(campaign)) == (("scheduled", "live"), [quilt.id])
        sweep(minutes=7)
        assert phase_of(campaign) == ("running", "live")
        sweep(minutes=6, twice=True)
        assert (phase_of(campaign), posted(campaign), halted()) == (("ended", "over"), [], set())
        assert (left(campaign, quilt), factories.available(quilt)) == (0, 10)

    def test_the_job_does_what_lost_deadlines_did_not(
        self, booth: Booth, frozen: MovableClock, cloud: Cloud, drain: Do
    ) -> None:
        quilt = factories.product(stock=10)
        campaign = booth.run(PLAY, item(quilt, 900, stock=4), begins=1, lasts=2)
        later = booth.run(PLAY, item(quilt, 800), begins=3, lasts=30)
        frozen.move(hours=1)
        assert jobs.run("close_campaigns") == {"opened": 1, "closed": 0, "cleared": 0, "failed": 0}
        assert phase_of(campaign) == ("running", "live")
        frozen.move(hours=3)
        assert jobs.run("close_campaigns") == {"opened": 1, "closed": 1, "cleared": 1, "failed": 0}
        assert jobs.run("close_campaigns") == {"opened": 0, "closed": 0, "cleared": 0, "failed": 0}
        assert (phase_of(campaign), phase_of(later)) == (("ended", "over"), ("running", "live"))
        assert factories.available(quilt) == 10

    def test_across_midnight_in_the_business_zone(self, counter: Counter, booth: Booth, frozen: MovableClock) -> None:
        """From midnight to midnight in Shanghai is 16:00 to 16:00 UTC."""
        quilt = factories.product(price=12_000)
        window = {"starts_at": "2026-11-25T00:00:00+08:00", "ends_at": "2026-11-26T00:00:00+08:00"}
        campaign = booth.run(PLAY, item(quilt, 9900), **window)
        prices = {}
        for text in ("2026-11-24T15:59:59.99Z", "2026-11-24T16:00:00Z", "2026-11-25T15:59:59.99Z", "2026-11-25T16:00Z"):
            frozen.set(at(text) - timedelta(milliseconds=1))
            prices[text] = counter.preview(factories.line(quilt))["payable_amount"]
        assert list(prices.values()) == [12_000, 9900, 9900, 12_000]
        days = {}
        frozen.set(START)
        for day in ("2026-11-24", "2026-11-25", "2026-11-26"):
            found = booth.staff.get("/admin/campaign-calendar", query={"from_day": day, "to_day": day}).ok()["items"]
            days[day] = [each["id"] for each in found]
        assert days == {"2026-11-24": [], "2026-11-25": [campaign["id"]], "2026-11-26": []}

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-13-01", "today"])
    def test_a_calendar_has_days_of_this_century(self, booth: Booth, day: str) -> None:
        reply = booth.staff.get("/admin/campaign-calendar", query={"from_day": day, "to_day": day})
        assert (reply.status, reply.code) == (422, "invalid")

    def test_a_window_that_has_passed_is_not_scheduled(self, booth: Booth, frozen: MovableClock, cloud: Cloud) -> None:
        draft = booth.draft(PLAY, item(factories.product(), 900))
        frozen.move(hours=25)
        towel = factories.product("towel", price=3000)
        version, body = booth.show(draft)["version"], fields(PLAY, item(towel, 900), lasts=-1)
        with cloud.unchanged():
            assert booth.try_step(draft, "schedule", version).code == "campaign_over"
            assert booth.staff.post("/admin/campaigns", json=body).code == "invalid"


class TestDrafts:
    def test_withdrawn_and_scheduled_again(self, booth: Booth, counter: Counter, sweep: Do) -> None:
        quilt, towel = factories.product(stock=10), factories.product("towel", price=3000, stock=5)
        campaign = booth.run(PLAY, item(quilt, 900, stock=4), begins=0.1, lasts=0.1)
        draft = booth.step(campaign, "withdraw")
        assert (phase_of(campaign), posted(campaign), factories.available(quilt)) == (("draft", "draft"), [], 10)
        body = fields(PLAY, item(quilt, 900, stock=3), item(towel, 2000), begins=0.3, lasts=5, version=draft["version"])
        assert booth.staff.put(f"/admin/campaigns/{campaign['id']}", json=body).ok()["item_count"] == 2
        stale = booth.staff.put(f"/admin/campaigns/{campaign['id']}", json=body)
        assert stale.code == "campaign_edited"
        booth.step(campaign, "schedule")
        assert (left(campaign, quilt), factories.available(quilt)) == (3, 7)
        assert posted(campaign) == sorted([quilt.id, towel.id])
        # The deadlines of the first round come, and find nothing due.
        sweep(minutes=14)
        assert phase_of(campaign) == ("scheduled", "live")
        body["version"] = booth.show(campaign)["version"]
        assert booth.staff.put(f"/admin/campaigns/{campaign['id']}", json=body).code == "campaign_fixed"
        sweep(minutes=6)
        assert booth.try_step(campaign, "withdraw").code == "campaign_fixed"
        require_conserved(campaign, quilt, 10)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"play": "no_such_play"}, "invalid"),
            ({"items": []}, "invalid"),
            ({"settings": {"off_bps": 10_000}}, "invalid"),
            ({"settings": {"other": 1}}, "invalid"),
            ({"per_member_max": 0}, "invalid"),
            ({"items": [{"product_id": "prd_1", "sku_id": "sku_1", "unit_amount": 900}]}, "campaign_goods_unknown"),
        ],
    )
    def test_what_can_not_be_is_refused_when_it_is_saved(
        self, booth: Booth, cloud: Cloud, changes: dict[str, Any], code: str
    ) -> None:
        body = fields(PLAY, item(factories.product(), 900)) | changes
        staff = booth.staff
        with cloud.unchanged():
            assert staff.post("/admin/campaigns", json=body).code == code

    def test_a_price_that_is_none(self, booth: Booth, cloud: Cloud) -> None:
        quilt, staff = factories.product(price=5000), booth.staff
        with cloud.unchanged():
            for goods in (item(quilt), item(quilt, 5000)):
                reply = staff.post("/admin/campaigns", json=fields(PLAY, goods))
                assert reply.json["details"]["errors"][0]["field"] == "items.0.unit_amount"

    def test_forged_ids_are_not_found(self, booth: Booth, counter: Counter, cloud: Cloud) -> None:
        draft, staff, buyer = booth.draft(PLAY, item(factories.product(), 900)), booth.staff, counter.buyer
        with cloud.unchanged():
            for path in ("/admin/campaigns/cmp_no", "/admin/campaigns/cmp_no/statistics"):
                assert staff.get(path).code == "campaign_not_found"
            assert buyer.get("/campaigns/cmp_no").code == "campaign_not_found"
            step = {"step": "schedule", "version": 1}
            assert staff.post("/admin/campaigns/cmp_no/steps", json=step).code == "campaign_not_found"
            # A draft is nothing that a buyer knows of.
            assert buyer.get(f"/campaigns/{draft['id']}").code == "campaign_not_found"

    def test_only_with_the_permission(self, booth: Booth, counter: Counter, cloud: Cloud) -> None:
        body = fields(PLAY, item(factories.product(), 900))
        reader = counter.http.as_(factories.staff_token("campaigns.read"))
        with cloud.unchanged():
            assert reader.post("/admin/campaigns", json=body).status == 403
            assert counter.buyer.get("/admin/campaigns").status == 401


class TestClashes:
    def test_the_same_play_on_a_sku_at_the_same_time(self, booth: Booth, cloud: Cloud) -> None:
        quilt = factories.product(values=("白", "灰"))
        first = booth.run(PLAY, item(quilt, 900), begins=0, lasts=10)
        other_sku = booth.run(PLAY, item(quilt, 900, 1), begins=0, lasts=10)
        after = booth.run(PLAY, item(quilt, 800), begins=11, lasts=10)
        clashing = booth.draft(PLAY, item(quilt, 700), begins=5, lasts=10)
        refused = [(each["campaign_id"], each["refused"]) for each in booth.show(clashing)["clashes"]]
        assert sorted(refused) == sorted([(first["id"], True), (after["id"], True)])
        with cloud.unchanged():
            reply = booth.try_step(clashing, "schedule")
        assert reply.code == "campaign_clash"
        assert {each["campaign_id"] for each in reply.json["details"]["clashes"]} == {first["id"], after["id"]}
        booth.step(first, "stop")
        booth.step(after, "withdraw")
        assert booth.step(clashing, "schedule")["clashes"] == []
        assert booth.show(other_sku)["clashes"] == []

    def test_another_play_is_only_told(self, booth: Booth) -> None:
        quilt = factories.product()
        draft = booth.draft(PLAY, item(quilt, 900))
        other = Posting(play="other", title="x", starts_at=at(draft["starts_at"]), ends_at=at(draft["ends_at"]))
        other.items = stored_items(quilt)
        Board(place=quilt.id, entries={"cmp_other": other}, version=1).save()
        assert [each["refused"] for each in booth.show(draft)["clashes"]] == [False]
        assert booth.step(draft, "schedule")["status"] == "running"

    def test_a_board_has_an_end(self, booth: Booth, cloud: Cloud) -> None:
        quilt = factories.product()
        draft = booth.draft(PLAY, item(quilt, 900))
        other = Posting(play="x", title="x", starts_at=at(draft["starts_at"]), ends_at=at(draft["ends_at"]))
        Board(place=quilt.id, entries={f"cmp_{n}": other for n in range(MAX_POSTINGS)}, version=1).save()
        with cloud.unchanged():
            assert booth.try_step(draft, "schedule").code == "campaign_board_full"


class TestSize:
    def test_many_goods(self, booth: Booth, counter: Counter, sweep: Do) -> None:
        """More boards than one transaction holds, more stock than one chunk."""
        goods = [factories.product(f"p{n}", price=3000, stock=2) for n in range(45)]
        campaign = booth.run(PLAY, *(item(each, 2000, stock=1) for each in goods))
        assert len(posted(campaign)) == 45
        assert counter.preview(factories.line(goods[44]))["goods_amount"] == 3000
        assert {left(campaign, each) for each in goods} == {1}
        booth.step(campaign, "stop")
        assert (posted(campaign), {left(campaign, each) for each in goods}) == ([], {0})
        assert {factories.available(each) for each in goods} == {2}

    def test_a_stop_holds_before_the_boards_are_clean(
        self, booth: Booth, counter: Counter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from chalicelib.growth.campaigns.base.lifecycle import service

        quilt = factories.product(price=12_000)
        campaign = booth.run(PLAY, item(quilt, 9900))
        monkeypatch.setattr(service, "settle", lambda campaign_id: None)
        booth.step(campaign, "stop")
        assert (posted(campaign), halted()) == ([quilt.id], {campaign["id"]})
        assert counter.preview(factories.line(quilt))["payable_amount"] == 12_000
        assert counter.http.get(f"/products/{quilt.id}/campaigns").ok()["items"] == []
        monkeypatch.undo()
        jobs.run("close_campaigns")
        assert (posted(campaign), halted(), phase_of(campaign)) == ([], set(), ("stopped", "over"))


class TestDeaths:
    @pytest.mark.parametrize("step", ["schedule", "stop", "end"])
    def test_at_every_step(
        self, booth: Booth, frozen: MovableClock, cloud: Cloud, drain: Do, sweep: Do, step: str
    ) -> None:
        world: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            frozen.set(START)
            booth.logged_in_at = None
            world["quilt"] = quilt = factories.product(stock=10)
            begins = 1 if step == "schedule" else 0
            world["campaign"] = draft = booth.draft(PLAY, item(quilt, 900, stock=4), begins=begins, lasts=3)
            if step != "schedule":
                booth.step(draft, "schedule")
            drain()
            world["version"] = booth.show(draft)["version"]

        def act() -> None:
            if step == "end":
                frozen.move(hours=3)
                jobs.run("close_campaigns")
            else:
                booth.try_step(world["campaign"], step, world["version"])

        def check() -> None:
            drain(redeliver=True)
            sweep()
            assert cloud.dead_letters() == []
            campaign, quilt = world["campaign"], world["quilt"]
            status, phase = phase_of(campaign)
            up = phase == "live"
            assert phase in ("draft", "live", "over")
            assert (status in ("scheduled", "running")) == up
            assert (posted(campaign), left(campaign, quilt)) == (([quilt.id], 4) if up else ([], 0))
            assert halted() == set()
            require_conserved(campaign, quilt, 10)
            if step == "end":
                jobs.run("close_campaigns")
                assert phase_of(campaign) == ("ended", "over")

        steps = every_death(begin, act, check)
        assert sum("TransactWriteItems" in str(each) for each in steps) >= 3


def stored_items(product: Any) -> Any:
    from chalicelib.growth.campaigns.base.schemas import PostedItem

    return {sku.id: PostedItem(unit_amount=1) for sku in product.skus}
