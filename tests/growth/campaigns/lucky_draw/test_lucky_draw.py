"""A draw over HTTP: what is won, once; what is refused; what staff can check."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import ids
from chalicelib.mall.identity.members.models import Member, MemberStatus
from infra.local.faults import every_death
from tests.growth.campaigns import factories as campaigns
from tests.growth.campaigns.factories import Booth, fields, item, put_into
from tests.growth.campaigns.lucky_draw.factories import (
    PLAY,
    chances,
    draw,
    given,
    prizes,
    require_sound,
    run,
    settings,
    throw,
    try_draw,
    wheel,
)
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.coupons.factories import held, template
from tests.loyalty.factories import Counter
from tests.loyalty.points.factories import buckets
from tests.loyalty.wallet.factories import buckets as money
from tests.trade import factories

Do = Callable[..., Any]


def points_of(counter: Counter) -> int:
    return sum(buckets(counter.shopper.id).values())


def others(counter: Counter, count: int) -> list[Counter]:
    return [Counter(counter.http, factories.shopper(f"member {number}")) for number in range(count)]


class TestDrawing:
    def test_a_number_a_prize_a_record(self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
        campaign = run(booth)
        throw(monkeypatch, 9)
        before = wheel(counter, campaign)
        assert (before["mine"]["left"], before["prizes"][0]["left"], before["prizes"][0]["odds_bps"]) == (1, 3, 100)
        assert sum(each["odds_bps"] for each in before["prizes"]) == 10_000
        made = draw(counter, campaign)
        assert (made["prize_id"], made["drawn_id"], made["won"], made["reason"]) == ("phone", "phone", True, None)
        assert (made["number"], made["total_weight"], made["table"]) == (9, 1000, before["table"])
        assert points_of(counter) == 5000
        after = wheel(counter, campaign)
        numbers = booth.numbers(campaign)
        assert (numbers["view_count"], numbers["participant_count"]) == (2, 1)
        assert (after["mine"], after["prizes"][0]["left"]) == (
            {"left": 0, "free_left": 0, "drawn": 1, "drawn_today": 1},
            2,
        )
        (row,) = booth.staff.get(f"/admin/campaigns/{campaign['id']}/draws").ok()["items"]
        assert row == {**made, "member_id": counter.shopper.id}
        assert counter.buyer.get("/me/draws").ok()["items"] == [made]
        require_sound(campaign, {"phone": 3})

    @pytest.mark.parametrize(
        ("number", "prize"), [(0, "phone"), (9, "phone"), (10, "ten"), (109, "ten"), (110, "thanks"), (999, "thanks")]
    )
    def test_the_edges_of_each_prize(
        self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch, number: int, prize: str
    ) -> None:
        campaign = run(booth)
        throw(monkeypatch, number)
        assert draw(counter, campaign)["prize_id"] == prize
        assert given(campaign) == {prize: 1}
        require_sound(campaign, {"phone": 3})

    def test_the_same_key_is_the_same_draw(
        self, counter: Counter, booth: Booth, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        campaign = run(booth, free_daily=3)
        throw(monkeypatch, 5, 500)
        first = draw(counter, campaign, "tap-1-0000")
        with cloud.unchanged():
            assert draw(counter, campaign, "tap-1-0000") == first
        assert draw(counter, campaign, "tap-2-0000")["prize_id"] == "thanks"
        assert draw(counter, campaign, "tap-1-0000") == first
        assert (points_of(counter), chances(counter, campaign)) == (5000, 1)
        require_sound(campaign, {"phone": 3})

    def test_prizes_of_every_sort(
        self, counter: Counter, booth: Booth, stored_value: None, monkeypatch: pytest.MonkeyPatch, drain: Do
    ) -> None:
        coupon = template(way="grant")
        wanted = prizes(None, reward={"points": 5, "coupon_templates": [coupon.id, coupon.id]}, wallet_amount=888)
        campaign = run(booth, prizes=wanted, free_daily=2)
        throw(monkeypatch, 0)
        for key in ("tap-1-0000", "tap-2-0000"):
            assert draw(counter, campaign, key)["title"] == "手机券"
        drain(twice=True)
        assert (points_of(counter), len(held(counter.shopper.id)), money(counter.shopper.id)) == (10, 4, (0, 1776))

    def test_a_chance_of_the_day_goes_at_midnight(
        self, counter: Counter, booth: Booth, frozen: MovableClock, cloud: Cloud
    ) -> None:
        campaign = run(booth, lasts=72, draws_max=3)
        for day in range(3):
            assert chances(counter, campaign) == 1
            draw(counter, campaign, f"day-{day}-0000")
            with cloud.unchanged():
                assert try_draw(counter, campaign, "again-0000").code == (
                    "draw_limit_reached" if day == 2 else "no_draw_chance"
                )
            frozen.set(campaigns.at(f"2026-11-{24 + day}T16:00:00Z"))
        with cloud.unchanged():
            refused = try_draw(counter, campaign, "day-4-0000")
        assert (refused.code, refused.json["details"]["limit"]) == ("draw_limit_reached", 3)
        require_sound(campaign, {"phone": 3})

    def test_a_limit_of_the_day(self, counter: Counter, booth: Booth, cloud: Cloud, frozen: MovableClock) -> None:
        campaign = run(booth, free_daily=5, draws_daily_max=2, lasts=48)
        for key in ("tap-1-0000", "tap-2-0000"):
            draw(counter, campaign, key)
        with cloud.unchanged():
            assert try_draw(counter, campaign, "tap-3-0000").code == "draw_limit_reached"
        frozen.move(hours=24)
        draw(counter, campaign, "tap-3-0000")


class TestFallback:
    def test_what_is_gone_is_not_thrown_again(
        self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        campaign = run(booth, prizes=prizes(1), free_daily=2)
        # Would it throw again, the second draw would win ten points.
        throw(monkeypatch, 3, 4, 50)
        assert draw(counter, campaign, "tap-1-0000")["prize_id"] == "phone"
        second = draw(counter, campaign, "tap-2-0000")
        assert (second["number"], second["drawn_id"], second["prize_id"]) == (4, "phone", "thanks")
        assert (second["reason"], second["won"], points_of(counter)) == ("gone", False, 5000)
        shown = booth.staff.get(f"/admin/campaigns/{campaign['id']}/prizes").ok()
        assert [(each["id"], each["given"], each["left"]) for each in shown["items"]] == [
            ("phone", 1, 0),
            ("ten", 0, None),
            ("thanks", 1, None),
        ]
        assert shown["draw_count"] == 2
        require_sound(campaign, {"phone": 1})

    def test_a_prize_once_for_a_member(self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
        campaign = run(booth, prizes=prizes(5, per_member_max=1), free_daily=2)
        throw(monkeypatch, 0)
        assert draw(counter, campaign, "tap-1-0000")["prize_id"] == "phone"
        second = draw(counter, campaign, "tap-2-0000")
        assert (second["prize_id"], second["reason"]) == ("thanks", "limit")
        (other,) = others(counter, 1)
        assert draw(other, campaign)["prize_id"] == "phone"
        require_sound(campaign, {"phone": 5})

    @pytest.mark.dynoxide
    def test_the_last_piece_in_a_rush(self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
        campaign = run(booth, prizes=prizes(2))
        throw(monkeypatch, 0)
        people = others(counter, 6)
        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(lambda each: try_draw(each, campaign), people))
        busy = [each for each, reply in zip(people, replies, strict=True) if reply.code == "too_busy"]
        assert {reply.status for reply in replies if reply.code != "too_busy"} == {201}
        for each in busy:
            draw(each, campaign)
        assert given(campaign) == {"phone": 2, "thanks": 4}
        require_sound(campaign, {"phone": 2})


class TestOnce:
    @pytest.mark.dynoxide
    def test_eight_draws_with_one_chance(self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
        campaign = run(booth)
        throw(monkeypatch, 20)
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda number: try_draw(counter, campaign, f"tap-{number}-0000"), range(8)))
        assert [reply.status for reply in replies].count(201) == 1
        refused = {reply.code for reply in replies if reply.status != 201}
        assert refused <= {"no_draw_chance", "draw_chances_moved", "too_busy"}
        assert points_of(counter) == 10
        require_sound(campaign, {"phone": 3})

    @pytest.mark.dynoxide
    def test_one_tap_sent_six_times(self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
        campaign = run(booth, free_daily=10)
        throw(monkeypatch, *range(20))
        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(lambda _: try_draw(counter, campaign), range(6)))
        good = [reply.json for reply in replies if reply.status == 201]
        assert {reply.code for reply in replies if reply.status != 201} <= {"draw_chances_moved", "too_busy"}
        assert good
        assert all(each == good[0] for each in good)
        assert chances(counter, campaign) == 9
        require_sound(campaign, {"phone": 3})

    def test_what_happens_meanwhile_changes_no_number(
        self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another draw of the member is quicker: this one is tried again, but not thrown again."""
        campaign = run(booth, free_daily=2)
        throw(monkeypatch, 50, 500, 5, meanwhile=lambda: draw(counter, campaign, "tap-2-0000"))
        made = draw(counter, campaign, "tap-1-0000")
        assert (made["number"], made["prize_id"], points_of(counter)) == (50, "ten", 10)
        assert given(campaign) == {"ten": 1, "thanks": 1}
        require_sound(campaign, {"phone": 3})

    def test_an_account_closed_meanwhile(self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
        campaign = run(booth)

        def close() -> None:
            member = Member.find(counter.shopper.id)
            assert member is not None
            member.status = MemberStatus.CLOSED
            member.save()

        throw(monkeypatch, 0, meanwhile=close)
        assert try_draw(counter, campaign).status == 401
        assert (given(campaign), points_of(counter)) == ({}, 0)
        require_sound(campaign, {"phone": 3})

    def test_death_at_every_step(
        self, counter: Counter, booth: Booth, cloud: Cloud, sweep: Do, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            made["me"] = Counter(counter.http, factories.shopper())
            made["campaign"] = run(Booth(counter.http))
            throw(monkeypatch, 0)

        def check() -> None:
            # Nobody has seen a result yet, so another number may come; but once there is one, it stays.
            first = draw(made["me"], made["campaign"])
            throw(monkeypatch, 500)
            assert draw(made["me"], made["campaign"]) == first
            sweep(redeliver=True)
            assert (first["prize_id"], points_of(made["me"])) == ("phone", 5000)
            assert try_draw(made["me"], made["campaign"], "another-key").code == "no_draw_chance"
            require_sound(made["campaign"], {"phone": 3})

        died = every_death(begin, lambda: draw(made["me"], made["campaign"]), check)
        assert "dynamodb TransactWriteItems" in died


class TestRefused:
    def test_its_clock(self, counter: Counter, booth: Booth, cloud: Cloud, frozen: MovableClock, sweep: Do) -> None:
        campaign = run(booth, begins=1, lasts=1)
        starts, ends = campaigns.at(campaign["starts_at"]), campaigns.at(campaign["ends_at"])
        one = starts.resolution * 1000
        frozen.set(starts - one - starts.resolution)
        with cloud.unchanged():
            refused = try_draw(counter, campaign)
        assert (refused.code, refused.json["details"]["status"]) == ("draw_closed", "scheduled")
        frozen.set(starts - one)
        draw(counter, campaign)
        (other,) = others(counter, 1)
        frozen.set(ends - one - starts.resolution)
        draw(other, campaign)
        frozen.set(ends - one)
        with cloud.unchanged():
            refused = try_draw(counter, campaign, "late-00000")
        assert (refused.code, refused.json["details"]["status"]) == ("draw_closed", "ended")
        sweep(minutes=3)
        assert campaigns.posted(campaign) == []
        # What was won stays to be seen.
        assert counter.buyer.get("/me/draws").ok()["items"]

    def test_stopped(self, counter: Counter, booth: Booth, cloud: Cloud) -> None:
        campaign = run(booth)
        assert campaigns.posted(campaign) == [PLAY]
        booth.step(campaign, "stop")
        with cloud.unchanged():
            refused = try_draw(counter, campaign)
        assert (refused.code, refused.json["details"]["status"]) == ("draw_closed", "stopped")
        assert (campaigns.posted(campaign), campaigns.halted()) == ([], set())

    def test_whom_it_is_for(
        self, counter: Counter, booth: Booth, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        campaign = run(booth)
        found = campaigns.stored(campaign)
        found.segment_id = "seg_1"
        found.save()
        with cloud.unchanged():
            assert try_draw(counter, campaign).code == "draw_not_for_you"
        assert wheel(counter, campaign)["for_me"] is False
        put_into(counter.shopper.id, "seg_1")
        draw(counter, campaign)

    def test_forged_ids(self, counter: Counter, booth: Booth, cloud: Cloud, http: Client) -> None:
        draft = booth.draft(PLAY, settings=settings())
        discount = booth.run("limited_discount", item(factories.product(), 900))
        staff = booth.staff
        for forged in (draft["id"], discount["id"], ids.new("cmp"), "cmp_1%23x", "*"):
            with cloud.unchanged():
                assert try_draw(counter, {"id": forged}).status in (404, 422), forged
                for path in (f"/campaigns/{forged}/wheel", f"/campaigns/{forged}/winners"):
                    assert counter.buyer.get(path).status in (404, 422), path
                for path in (f"/admin/campaigns/{forged}/draws", f"/admin/campaigns/{forged}/prizes"):
                    assert staff.get(path).status in (404, 422), path
        campaign = run(booth)
        with cloud.unchanged():
            assert http.post(f"/campaigns/{campaign['id']}/draws", json={}, key="draw-00001").status == 401
            assert counter.buyer.post(f"/campaigns/{campaign['id']}/draws", json={}).status in (400, 422)
            assert counter.buyer.get(f"/admin/campaigns/{campaign['id']}/draws").status in (401, 403)

    def test_what_can_not_be_is_refused_when_it_is_saved(self, booth: Booth, cloud: Cloud) -> None:
        thanks = {"id": "thanks", "title": "谢谢", "weight": 1}
        wrong: list[dict[str, Any]] = [
            {"fallback": "nobody"},
            {"fallback": "phone"},
            {"prizes": [thanks, thanks]},
            {"prizes": [thanks]},
            {"prizes": [{**thanks, "weight": 0}, {**thanks, "id": "other", "weight": 0}]},
            {"prizes": prizes(weight=-1)},
            {"prizes": prizes(weight=0.5)},
            {"prizes": prizes(stock=0)},
            {"prizes": prizes(reward={"coupon_templates": ["tpl_1"]})},
            {"prizes": prizes(wallet_amount=100)},
            {"free_daily": 0},
            {"by_order": {"min_amount": 0}},
            {"by_campaign_order": {"plays": []}},
            {"draws_max": 0},
        ]
        bodies = [fields(PLAY, settings=settings(**each)) for each in wrong]
        bodies.append(fields(PLAY, item(factories.product(), 900), settings=settings()))
        bodies.append(fields(PLAY, settings=settings(), per_member_max=2))
        staff = booth.staff
        with cloud.unchanged():
            for body in bodies:
                assert staff.post("/admin/campaigns", json=body).code == "invalid", body["settings"]


class TestShown:
    def test_winners_are_masked_and_only_winners(
        self, counter: Counter, booth: Booth, monkeypatch: pytest.MonkeyPatch, http: Client
    ) -> None:
        campaign = run(booth)
        throw(monkeypatch, 0, 10, 999)
        people = [counter, *others(counter, 2)]
        for each, name in zip(people, ("王小明", None, "李"), strict=True):
            member = Member.find(each.shopper.id)
            assert member is not None
            member.nickname = name
            member.save()
            draw(each, campaign)
        first = http.get(f"/campaigns/{campaign['id']}/winners", query={"limit": 1}).ok()
        rest = http.get(f"/campaigns/{campaign['id']}/winners", query={"cursor": first["cursor"]}).ok()
        found = [(each["name"], each["title"]) for each in [*first["items"], *rest["items"]]]
        assert found == [("***", "10积分"), ("王**", "手机券")]
        shown = http.get(f"/campaigns/{campaign['id']}/wheel").ok()
        assert shown["mine"] is None
        assert counter.shopper.id not in str((first, rest, shown))

    def test_the_audit_has_every_draw(self, counter: Counter, booth: Booth) -> None:
        campaign = run(booth)
        people = [counter, *others(counter, 3)]
        for each in people:
            draw(each, campaign)
        path, cursor, seen = f"/admin/campaigns/{campaign['id']}/draws", None, []
        while True:
            page = booth.staff.get(path, query={"limit": 3, "cursor": cursor}).ok()
            seen += [each["member_id"] for each in page["items"]]
            if not (cursor := page["cursor"]):
                break
        assert seen == [each.shopper.id for each in reversed(people)]
        numbers = booth.numbers(campaign)
        assert (numbers["participant_count"], numbers["new_member_count"]) == (4, 4)

    def test_the_copy_of_personal_data(self, counter: Counter, booth: Booth) -> None:
        campaign = run(booth)
        made = draw(counter, campaign)
        part = counter.buyer.get("/me/export").ok()["parts"]["draws"]
        assert part["draws"] == [made]
        assert part["accounts"] == [{"campaign_id": campaign["id"], "chances": 0, "drawn": 1}]
