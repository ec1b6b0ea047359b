"""A limited-time discount from the desk to the order, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import jobs
from tests.growth.campaigns.factories import (
    Booth,
    had,
    halted,
    item,
    left,
    posted,
    put_into,
    require_conserved,
)
from tests.harness import Cloud, MovableClock
from tests.loyalty.factories import Counter, adjustments
from tests.trade import factories

Do = Callable[..., Any]
PLAY = "limited_discount"


class TestPrice:
    def test_within_its_window_and_no_second_longer(
        self, counter: Counter, booth: Booth, frozen: MovableClock, cloud: Cloud
    ) -> None:
        quilt = factories.product(price=12_000)
        line = factories.line(quilt)
        campaign = booth.run(PLAY, item(quilt, 9900), begins=2, lasts=3)
        begins, ends = stored_window(campaign)
        frozen.set(begins - timedelta(milliseconds=2))
        assert counter.preview(line)["payable_amount"] == 12_000
        frozen.set(begins - timedelta(milliseconds=1))
        with cloud.unchanged():
            quote = counter.preview(line)
        assert adjustments(quote)[0] == (PLAY, -2100)
        frozen.set(ends - timedelta(milliseconds=2))
        assert counter.preview(line)["payable_amount"] == 9900
        with cloud.unchanged():
            reply = counter.try_order(line, payable=9900)
        # No sweep has run: the campaign is stored as scheduled to this day.
        assert (reply.code, reply.json["details"]) == ("price_changed", {"payable_amount": 12_000})
        assert booth.show(campaign)["status"] == "ended"

    def test_a_rate_for_all_and_the_better_of_two(self, counter: Counter, booth: Booth) -> None:
        quilt, towel = factories.product(price=12_005), factories.product("towel", price=3000)
        booth.run(PLAY, item(quilt), item(towel, 2500), settings={"off_bps": 2000})
        quote = counter.preview(factories.line(quilt), factories.line(towel, 2))
        assert [each["payable_amount"] for each in quote["lines"]] == [9604, 5000]
        assert adjustments(quote)[0] == (PLAY, -3401)

    def test_what_it_does_not_go_with(self, counter: Counter, booth: Booth) -> None:
        from tests.loyalty.coupons.factories import give

        quilt = factories.product(price=12_000)
        give(counter.shopper.id, threshold_amount=0)
        booth.run(PLAY, item(quilt, 10_000), not_with=["coupon"])
        assert counter.preview(factories.line(quilt))["payable_amount"] == 10_000

    def test_only_for_its_segment(self, counter: Counter, booth: Booth) -> None:
        from chalicelib.core import clock
        from chalicelib.loyalty.segments.models import Segment, SegmentStatus
        from chalicelib.loyalty.segments.rules.schemas import Condition

        rule = Condition.model_validate({"field": "order_count", "op": "at_least", "number": 1})
        Segment(id="seg_1", title="老客", rule=rule, status=SegmentStatus.ACTIVE, created_at=clock.now()).save()
        quilt = factories.product(price=12_000)
        line = factories.line(quilt)
        assert booth.try_draft(PLAY, item(quilt, 9900), segment_id="seg_2").code == "invalid"
        campaign = booth.run(PLAY, item(quilt, 9900), segment_id="seg_1")
        put_into(counter.shopper.id, "seg_3")
        assert counter.preview(line)["payable_amount"] == 12_000
        assert counter.buyer.get("/campaigns").ok()["items"] == []
        assert counter.buyer.get(f"/campaigns/{campaign['id']}").ok()["for_me"] is False
        put_into(counter.shopper.id, "seg_1")
        assert counter.preview(line)["payable_amount"] == 9900
        assert [each["id"] for each in counter.buyer.get("/campaigns").ok()["items"]] == [campaign["id"]]
        assert booth.http.get(f"/products/{quilt.id}/campaigns").ok()["items"] == []


class TestLimits:
    def test_for_a_member_over_the_whole_campaign(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt = factories.product(price=12_000, values=("白", "灰"))
        campaign = booth.run(PLAY, item(quilt, 9900), item(quilt, 9900, 1, per_member_max=1), per_member_max=3)
        white, gray = factories.line(quilt, 2), factories.line(quilt, 1, 1)
        over = counter.preview(factories.line(quilt, 4))
        assert over["payable_amount"] == 48_000
        assert [each["reason"] for each in over["choices"]] == ["超出活动限购，还可购买3件"]
        assert counter.preview(factories.line(quilt, 2, 1))["payable_amount"] == 24_000
        first = counter.order(white, gray)
        assert first["payable_amount"] == 3 * 9900
        assert sum(had(counter.shopper.id, campaign).values()) == 3
        assert counter.preview(factories.line(quilt))["payable_amount"] == 12_000
        counter.cancel(first)
        drain(twice=True)
        assert had(counter.shopper.id, campaign) == {}
        assert counter.preview(factories.line(quilt, 3))["payable_amount"] == 3 * 9900

    @pytest.mark.dynoxide
    def test_many_taps_at_once(self, counter: Counter, booth: Booth) -> None:
        quilt = factories.product(price=12_000, stock=50)
        campaign = booth.run(PLAY, item(quilt, 9900, stock=20), per_member_max=2)
        line = factories.line(quilt, 1)

        def tap(number: int) -> Any:
            return counter.try_order(line, key=f"tap-1000{number}", payable=9900)

        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(tap, range(8)))
        good = [each for each in replies if each.status == 201]
        assert 1 <= len(good) <= 2
        assert {each.code for each in replies if each.status != 201} <= {
            "campaign_tally_moved",
            "price_changed",
            "too_busy",
        }
        assert sum(had(counter.shopper.id, campaign).values()) == len(good)
        require_conserved(campaign, quilt, 50)

    def test_another_member_has_their_own(self, counter: Counter, booth: Booth) -> None:
        quilt = factories.product(price=12_000)
        booth.run(PLAY, item(quilt, 9900, per_member_max=1))
        counter.order(factories.line(quilt))
        other = Counter(counter.http, factories.shopper("two"))
        assert other.preview(factories.line(quilt))["payable_amount"] == 9900


class TestOwnStock:
    def test_sold_out_costs_what_it_costs(self, counter: Counter, booth: Booth, drain: Do, sweep: Do) -> None:
        quilt = factories.product(price=12_000, stock=10)
        campaign = booth.run(PLAY, item(quilt, 9900, stock=2))
        assert (left(campaign, quilt), factories.available(quilt)) == (2, 8)
        order = counter.order(factories.line(quilt, 2))
        assert (left(campaign, quilt), factories.available(quilt)) == (0, 8)
        # The board does not know yet: the stock is the guard.
        assert counter.try_order(factories.line(quilt), key="tap-00002", payable=9900).code == "out_of_stock"
        drain(twice=True)
        quote = counter.preview(factories.line(quilt))
        assert quote["payable_amount"] == 12_000
        assert [each["reason"] for each in quote["choices"]] == ["活动库存已抢光"]
        counter.cancel(order)
        drain()
        sweep(minutes=3)
        assert left(campaign, quilt) == 2
        assert counter.preview(factories.line(quilt))["payable_amount"] == 9900
        require_conserved(campaign, quilt, 10)

    def test_pieces_set_aside_are_sold_though_the_product_has_none(self, counter: Counter, booth: Booth) -> None:
        quilt = factories.product(price=12_000, stock=3)
        campaign = booth.run(PLAY, item(quilt, 9900, stock=3))
        assert factories.available(quilt) == 0
        order = counter.order(factories.line(quilt, 2))
        assert order["payable_amount"] == 2 * 9900
        booth.step(campaign, "stop")
        assert factories.available(quilt) == 1
        reply = counter.try_order(factories.line(quilt, 2), key="tap-00002", payable=24_000)
        assert reply.json["details"] == {"lines": [{"sku_id": quilt.skus[0].id, "reason": "insufficient_stock"}]}

    def test_more_than_there_is(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt, towel = factories.product(stock=3), factories.product("towel", price=3000, stock=9)
        draft = booth.draft(PLAY, item(towel, 2000, stock=9), item(quilt, 900, stock=4))
        reply = booth.try_step(draft, "schedule")
        assert (reply.code, reply.json["details"]) == ("out_of_stock", {"sku_id": quilt.skus[0].id})
        drain()
        assert (factories.available(quilt), factories.available(towel)) == (3, 9)
        again = booth.show(draft)
        assert (again["status"], again["phase"], posted(draft), halted()) == ("draft", "draft", [], set())


class TestStop:
    def test_at_once_and_placed_orders_stay(
        self, counter: Counter, booth: Booth, frozen: MovableClock, drain: Do, sweep: Do
    ) -> None:
        quilt = factories.product(price=12_000, stock=10)
        campaign = booth.run(PLAY, item(quilt, 9900, stock=6))
        order = counter.order(factories.line(quilt, 2))
        booth.step(campaign, "stop")
        shown = booth.show(campaign)
        assert (shown["status"], shown["phase"], posted(campaign), halted()) == ("stopped", "over", [], set())
        assert (left(campaign, quilt), factories.available(quilt)) == (0, 8)
        assert counter.try_order(factories.line(quilt), key="tap-00002", payable=9900).code == "price_changed"
        assert counter.buyer.get(f"/orders/{order['id']}").ok()["payable_amount"] == 2 * 9900
        counter.cancel(order)
        drain(twice=True)
        sweep(minutes=3, twice=True)
        # Its pieces came back to a campaign that is over: they went on to the product.
        assert (left(campaign, quilt), factories.available(quilt)) == (0, 10)
        require_conserved(campaign, quilt, 10)
        frozen.move(hours=25)
        jobs.run("close_campaigns")
        assert booth.show(campaign)["status"] == "stopped"

    def test_what_does_not_run_is_not_stopped(self, booth: Booth, counter: Counter, cloud: Cloud) -> None:
        quilt = factories.product()
        draft = booth.draft(PLAY, item(quilt, 900))
        coming = booth.run(PLAY, item(quilt, 900), begins=1)
        for campaign in (draft, coming):
            with cloud.unchanged():
                assert booth.try_step(campaign, "stop").code == "campaign_fixed"
        with cloud.unchanged():
            assert booth.try_step(coming, "schedule").code == "campaign_fixed"
            assert booth.try_step(coming, "withdraw", version=9).code == "campaign_edited"


def stored_window(campaign: Any) -> tuple[Any, Any]:
    from tests.growth.campaigns.factories import at

    return at(campaign["starts_at"]), at(campaign["ends_at"])
