"""Member days over HTTP: on the day and no millisecond beside it, by level, and the points weeks later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.mall.identity.members.models import Member
from tests.growth.campaigns.factories import Booth, at, fields, item
from tests.harness import Cloud, MovableClock
from tests.loyalty.factories import Counter, adjustments
from tests.loyalty.points.factories import buckets, completed, posted, refund, rules
from tests.trade import factories

Do = Callable[..., Any]
PLAY = "member_day"
WINDOW = {"starts_at": "2026-11-24T00:00:00+08:00", "ends_at": "2027-11-24T00:00:00+08:00"}


def put_on_level(member_id: str, level: str) -> None:
    member = Member.find(member_id, consistent=True)
    assert member is not None
    member.notices = {"level": level}
    member.save()


class TestDays:
    @pytest.mark.parametrize(
        ("days", "first", "end"),
        [
            ({"month_days": [28]}, "2026-11-28T00:00:00+08:00", "2026-11-29T00:00:00+08:00"),
            ({"month_days": [31]}, "2026-12-31T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
            ({"weekdays": [5]}, "2026-11-27T00:00:00+08:00", "2026-11-28T00:00:00+08:00"),
            ({"dates": ["2026-12-12"]}, "2026-12-12T00:00:00+08:00", "2026-12-13T00:00:00+08:00"),
        ],
    )
    def test_from_midnight_to_midnight_in_the_business_zone(
        self, counter: Counter, booth: Booth, frozen: MovableClock, days: dict[str, Any], first: str, end: str
    ) -> None:
        quilt = factories.product(price=12_000)
        booth.run(PLAY, settings={**days, "off_bps": 1000}, **WINDOW)
        prices = []
        for moment in (at(first), at(end)):
            for early in (2, 1):  # the clock ticks a millisecond with the request
                frozen.set(moment - timedelta(milliseconds=early))
                prices.append(counter.preview(factories.line(quilt))["payable_amount"])
        assert prices == [12_000, 10_800, 10_800, 12_000]

    def test_midnight_between_preview_and_order(
        self, counter: Counter, booth: Booth, frozen: MovableClock, cloud: Cloud
    ) -> None:
        quilt = factories.product(price=12_000)
        booth.run(PLAY, settings={"weekdays": [2], "off_bps": 1000}, **WINDOW)
        frozen.set(at("2026-11-24T23:59:59+08:00"))
        assert counter.preview(factories.line(quilt))["payable_amount"] == 10_800
        frozen.set(at("2026-11-25T00:00:00+08:00"))
        with cloud.unchanged():
            reply = counter.try_order(factories.line(quilt), payable=10_800)
        assert (reply.code, reply.json["details"]) == ("price_changed", {"payable_amount": 12_000})

    def test_not_outside_of_the_window(self, counter: Counter, booth: Booth, frozen: MovableClock) -> None:
        quilt = factories.product(price=12_000)
        campaign = booth.run(PLAY, lasts=48, settings={"weekdays": [2], "off_bps": 1000})
        assert campaign["words"] == "每周二会员日"
        assert counter.preview(factories.line(quilt))["payable_amount"] == 10_800
        frozen.move(hours=7 * 24)
        assert counter.preview(factories.line(quilt))["payable_amount"] == 12_000

    @pytest.mark.parametrize(
        "settings",
        [
            {"off_bps": 1000},
            {"weekdays": [2]},
            {"weekdays": [8], "off_bps": 1000},
            {"month_days": [32], "off_bps": 1000},
            {"dates": ["2026-02-30"], "off_bps": 1000},
            {"weekdays": [2], "level_off_bps": {"gold": 10_000}},
            {"weekdays": [2], "points_bps": 10_000},
        ],
    )
    def test_what_can_not_be(self, booth: Booth, cloud: Cloud, settings: dict[str, Any]) -> None:
        staff, towel = booth.staff, factories.product("towel", price=3000)
        fine = fields(PLAY, item(towel, 900), settings={"weekdays": [2], "off_bps": 1000})
        with cloud.unchanged():
            assert staff.post("/admin/campaigns", json=fields(PLAY, settings=settings)).code == "invalid"
            assert staff.post("/admin/campaigns", json=fine).json["details"]["errors"][0]["field"] == "items"


class TestLevels:
    def test_each_has_its_rate(self, counter: Counter, booth: Booth) -> None:
        quilt = factories.product(price=12_005)
        settings = {"weekdays": [2], "off_bps": 500, "level_off_bps": {"gold": 2000}}
        booth.run(PLAY, settings=settings)
        assert counter.preview(factories.line(quilt))["lines"][0]["payable_amount"] == 11_405
        put_on_level(counter.shopper.id, "gold")
        assert counter.preview(factories.line(quilt))["lines"][0]["payable_amount"] == 9604
        put_on_level(counter.shopper.id, "silver")
        assert counter.preview(factories.line(quilt))["lines"][0]["payable_amount"] == 11_405

    def test_the_better_price_wins(self, counter: Counter, booth: Booth) -> None:
        quilt = factories.product(price=12_000)
        booth.run(PLAY, settings={"weekdays": [2], "off_bps": 500})
        booth.run("limited_discount", item(quilt, 9900))
        quote = counter.preview(factories.line(quilt))
        assert adjustments(quote)[0] == ("limited_discount", -2100)

    def test_only_goods_of_its_scope(self, counter: Counter, booth: Booth) -> None:
        quilt, towel = factories.product(price=12_000), factories.product("towel", price=3000)
        booth.run(PLAY, settings={"weekdays": [2], "off_bps": 1000, "scope": {"product_ids": [towel.id]}})
        quote = counter.preview(factories.line(quilt), factories.line(towel))
        assert [each["payable_amount"] for each in quote["lines"]] == [12_000, 2700]


class TestPoints:
    def test_an_order_of_the_day_earns_more_when_it_is_completed(
        self, counter: Counter, booth: Booth, frozen: MovableClock, drain: Do
    ) -> None:
        rules(weekday_bps={"2": 15_000})
        quilt = factories.product(price=12_000)
        campaign = booth.run(PLAY, settings={"weekdays": [2], "points_bps": 20_000})
        booth.run(PLAY, settings={"weekdays": [2], "points_bps": 12_000})
        found = counter.order(factories.line(quilt, 2))
        assert ("member_day_points", 0) in adjustments(found)
        assert found["discount_amount"] == 0
        frozen.move(hours=24 * 20)  # another weekday, the campaign is over
        order = completed(found)
        drain(twice=True)
        assert posted(order.member_id, "earned", order.id) == 240 * 3
        assert booth.numbers(campaign)["placed_count"] == 1
        refund(order, {0: 1}, "rfd_1")
        drain(twice=True)
        assert buckets(order.member_id) == {"frozen": 360}

    def test_the_day_after_it_does_not(self, counter: Counter, booth: Booth, frozen: MovableClock, drain: Do) -> None:
        quilt = factories.product(price=12_000)
        booth.run(PLAY, settings={"weekdays": [2], "points_bps": 20_000}, **WINDOW)
        frozen.set(at("2026-11-25T00:00:00+08:00"))
        order = completed(counter.order(factories.line(quilt)))
        drain()
        assert posted(order.member_id, "earned", order.id) == 120

    def test_a_price_and_points_count_each_piece_once(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt, towel = factories.product(price=12_000), factories.product("towel", price=3000)
        scope = {"product_ids": [quilt.id]}
        settings = {"weekdays": [2], "points_bps": 20_000, "off_bps": 1000, "scope": scope}
        booth.run(PLAY, settings=settings, per_member_max=3)
        lines = factories.line(quilt, 2), factories.line(towel)
        counter.order(*lines)
        quote = counter.preview(factories.line(quilt))
        assert quote["discount_amount"] == 0
        assert {each["reason"] for each in quote["choices"]} == {"超出活动限购，还可购买0件"}
