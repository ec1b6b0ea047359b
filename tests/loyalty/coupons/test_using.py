"""A coupon on a basket: the best one picked, the others explained, what was used given back once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.models import CouponBook, CouponStatus, TemplateDay
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import UnitsRefunded
from chalicelib.trade.orders.models import Order, OrderStatus
from infra.local.faults import every_death
from tests.harness import Cloud, MovableClock
from tests.loyalty.coupons.factories import give, require_sound, status_of
from tests.loyalty.factories import Counter, adjustments
from tests.loyalty.membership.factories import ladder
from tests.loyalty.points.factories import give as give_points
from tests.loyalty.points.factories import rules as point_rules
from tests.trade import factories

Do = Callable[..., Any]


def choices(quote: Any, kind: str = "coupon") -> dict[str, tuple[bool, bool, int, str]]:
    rows = [each for each in quote["choices"] if each["kind"] == kind]
    return {each["id"]: (each["usable"], each["chosen"], each["saved_amount"], each["reason"]) for each in rows}


class TestPrice:
    def test_the_best_is_taken_and_the_others_say_why_not(self, counter: Counter, cloud: Cloud) -> None:
        quilt = factories.product(price=12_000)
        me = counter.shopper.id
        good = give(me, off_amount=2000)
        better = give(me, "2", kind="percent", off_amount=None, off_bps=2500, title="七五折")
        far = give(me, "3", threshold_amount=50_000)
        other = give(me, "4", threshold_amount=0, scope={"product_ids": [factories.product("towel").id]})
        later = give(me, "5", delay_days=3)
        with cloud.unchanged():
            quote = counter.preview(factories.line(quilt))
        assert adjustments(quote)[0] == ("coupon", -3000)
        assert choices(quote) == {
            better.id: (True, True, 3000, ""),
            good.id: (True, False, 2000, ""),
            far.id: (False, False, 0, "未满500.00元"),
            other.id: (False, False, 0, "不适用于所选商品"),
            later.id: (False, False, 0, "未到使用时间"),
        }

    def test_the_buyers_choice_is_obeyed_or_refused(self, counter: Counter, cloud: Cloud) -> None:
        quilt = factories.product(price=12_000)
        good = give(counter.shopper.id)
        far = give(counter.shopper.id, "2", threshold_amount=50_000)
        line = factories.line(quilt)
        assert adjustments(counter.preview(line, coupon="none"))[0][0] == "freight"
        assert adjustments(counter.preview(line, coupon=good.id))[0] == ("coupon", -2000)
        for wanted in (far.id, "cpn_unknown"):
            with cloud.unchanged():
                assert counter.try_preview(line, coupon=wanted).code == "coupon_not_usable"
                assert counter.try_order(line, payable=1, coupon=wanted).code == "coupon_not_usable"

    def test_another_members_coupon_is_unknown(self, counter: Counter) -> None:
        quilt = factories.product(price=12_000)
        theirs = give(factories.shopper("two").id)
        assert counter.try_preview(factories.line(quilt), coupon=theirs.id).code == "coupon_not_usable"

    def test_only_covered_lines_give(self, counter: Counter) -> None:
        quilt, towel = factories.product(price=12_000), factories.product("towel", price=5000)
        give(counter.shopper.id, scope={"excluded_product_ids": [quilt.id]}, threshold_amount=5000, off_amount=6000)
        quote = counter.preview(factories.line(quilt), factories.line(towel))
        assert adjustments(quote)[0] == ("coupon", -5000)
        assert [each["payable_amount"] for each in quote["lines"]] == [12_000, 0]

    def test_a_cap_and_a_whole(self, counter: Counter) -> None:
        quilt = factories.product(price=12_000)
        give(counter.shopper.id, kind="percent", off_amount=None, off_bps=10_000, cap_amount=4000)
        assert adjustments(counter.preview(factories.line(quilt)))[0] == ("coupon", -4000)

    def test_freight_has_a_coupon_of_its_own(self, counter: Counter) -> None:
        towel = factories.product(price=3000)
        goods = give(counter.shopper.id, threshold_amount=0, off_amount=500)
        freight = give(counter.shopper.id, "2", kind="free_shipping", off_amount=None, threshold_amount=2000)
        quote = counter.preview(factories.line(towel))
        assert adjustments(quote) == [("coupon", -500), ("freight", 1000), ("freight_coupon", -1000)]
        order = counter.order(factories.line(towel))
        assert order["payable_amount"] == 2500
        assert status_of(goods) is status_of(freight) is CouponStatus.USED
        require_sound(counter.shopper.id)

    def test_a_freight_coupon_is_not_wasted_where_there_is_no_freight(self, counter: Counter) -> None:
        quilt = factories.product(price=12_000)
        freight = give(counter.shopper.id, kind="free_shipping", off_amount=None)
        quote = counter.preview(factories.line(quilt))
        assert choices(quote, "freight_coupon") == {freight.id: (False, False, 0, "当前无需运费")}

    def test_a_freight_coupon_keeps_away_from_what_it_does_not_go_with(self, counter: Counter) -> None:
        towel, me = factories.product(price=3000), counter.shopper.id
        freight = {"kind": "free_shipping", "off_amount": None, "threshold_amount": 0}
        coupon = give(me, exclusive_with=["points"], **freight)
        give_points(me, 500)
        assert choices(counter.preview(factories.line(towel)), "freight_coupon")[coupon.id][1]
        with_points = counter.preview(factories.line(towel), points="max")
        assert choices(with_points, "freight_coupon")[coupon.id] == (False, False, 0, "不与积分同享")
        assert with_points["freight_amount"] == 1000

    def test_a_price_is_declined_for_a_better_coupon(self, counter: Counter) -> None:
        """The member price takes a yuan off; the coupon that does not go with it takes twenty."""
        quilt, me = factories.product(price=12_000), counter.shopper.id
        ladder(("basic", 0), benefits={"basic": {"discount_bps": 9900}})
        coupon, line = give(me, exclusive_with=["member_price"]), factories.line(quilt)
        best = counter.preview(line)
        assert (best["payable_amount"], choices(best)[coupon.id][3]) == (11_880, "不与会员价同享")
        declined = counter.preview(line, price="none")
        assert (declined["payable_amount"], choices(declined)[coupon.id][1]) == (10_000, True)
        assert counter.order(line, price="none")["payable_amount"] == 10_000

    def test_none_picked_by_itself_stands_in_the_way_of_points(self, counter: Counter) -> None:
        """The buyer asked for points: the better coupon, which would close the basket to them, is theirs to choose."""
        quilt, me = factories.product(price=12_000), counter.shopper.id
        alone = give(me, off_amount=2500, exclusive_with=["points"], title="不与积分同享")
        goes = give(me, "2", off_amount=2000)
        give_points(me, 3000)
        line = factories.line(quilt)
        assert choices(counter.preview(line))[alone.id][1], "nobody asked for points"
        quote = counter.preview(line, points="max")
        assert adjustments(quote)[:2] == [("coupon", -2000), ("points", -3000)]
        assert [choices(quote)[each.id][:2] for each in (alone, goes)] == [(True, False), (True, True)]
        named = counter.preview(line, points="max", coupon=alone.id)
        assert adjustments(named)[0] == ("coupon", -2500)
        assert [each["reason"] for each in named["choices"] if each["kind"] == "points"] == ["不与所选优惠同享"]
        refused = counter.try_preview(line, points="100", coupon=alone.id)
        assert (refused.code, refused.json["message"]) == ("points_not_usable", "积分不可用：不与所选优惠同享")

    def test_points_that_can_not_be_used_cost_no_coupon(self, counter: Counter) -> None:
        quilt, me = factories.product(price=12_000), counter.shopper.id
        alone = give(me, exclusive_with=["points"])
        line = factories.line(quilt)
        assert choices(counter.preview(line, points="max"))[alone.id][1], "there are none"
        give_points(me, 99)
        point_rules(min_points=100)
        assert choices(counter.preview(line, points="max"))[alone.id][1], "too few"
        point_rules(excluded_product_ids=[quilt.id])
        assert choices(counter.preview(line, points="max"))[alone.id][1], "they do not pay this"
        point_rules(cap_bps=0)
        assert choices(counter.preview(line, points="max"))[alone.id][1], "they pay nothing"
        point_rules()
        assert not choices(counter.preview(line, points="max"))[alone.id][1]

    def test_over_by_the_clock(self, counter: Counter, frozen: MovableClock) -> None:
        quilt = factories.product(price=12_000)
        coupon = give(counter.shopper.id)
        line = factories.line(quilt)
        shown = counter.preview(line)["payable_amount"]
        frozen.set(coupon.expires_at)
        reply = counter.try_order(line, payable=shown)
        assert (reply.code, reply.json["details"]["payable_amount"]) == ("price_changed", shown + 2000)


class TestUsedAndGivenBack:
    def test_once(self, counter: Counter, drain: Do) -> None:
        quilt = factories.product(price=12_000, stock=9)
        coupon = give(counter.shopper.id)
        order = counter.order(factories.line(quilt))
        assert status_of(coupon) is CouponStatus.USED
        with_another = counter.try_order(factories.line(quilt), key="tap-00002", coupon=coupon.id, payable=1)
        assert with_another.code == "coupon_not_usable"
        _cancel(order)
        drain(twice=True)
        assert status_of(coupon) is CouponStatus.UNUSED
        require_sound(counter.shopper.id)
        second = counter.order(factories.line(quilt), key="tap-00003")
        with Transaction() as tx:
            service.give_back(tx, coupon.member_id, [coupon.id], order["id"])
        assert status_of(coupon) is CouponStatus.USED, "the first order's cancellation frees the second one's coupon"
        assert second["payable_amount"] == 10_000

    @pytest.mark.dynoxide
    def test_two_orders_at_once_have_one_coupon(self, counter: Counter) -> None:
        quilt = factories.product(price=12_000, stock=9)
        give(counter.shopper.id)
        line = factories.line(quilt)
        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(lambda n: counter.try_order(line, key=f"tap-1000{n}", payable=10_000), range(6)))
        assert sum(reply.status == 201 for reply in replies) == 1
        codes = {reply.code for reply in replies if reply.status != 201}
        assert codes <= {"coupon_moved", "coupon_book_moved", "price_changed", "too_busy"}
        assert factories.available(quilt) == 8
        require_sound(counter.shopper.id)

    def test_back_with_the_last_covered_piece(self, counter: Counter, drain: Do) -> None:
        quilt, towel = factories.product(price=6000, stock=9), factories.product("towel", price=3000)
        coupon = give(counter.shopper.id, scope={"product_ids": [quilt.id]})
        order = counter.order(factories.line(quilt, 2), factories.line(towel))
        refunded(order, {"1": 1}, {"1": 1})
        refunded(order, {"0": 1}, {"0": 1, "1": 1})
        drain(twice=True)
        assert status_of(coupon) is CouponStatus.USED
        refunded(order, {"0": 1}, {"0": 2, "1": 1})
        drain(twice=True)
        assert status_of(coupon) is CouponStatus.UNUSED
        require_sound(counter.shopper.id)

    def test_the_threshold_and_its_rule_are_kept_with_the_order(self, counter: Counter) -> None:
        quilt = factories.product(price=12_000)
        give(counter.shopper.id, below_threshold="keep")
        order = orders.load(counter.shopper.id, counter.order(factories.line(quilt))["id"])
        used = order.adjustments[0]
        assert (used.threshold_amount, used.below_threshold) == (10_000, "keep")

    def test_counted(self, counter: Counter, drain: Do) -> None:
        quilt = factories.product(price=12_000)
        coupon = give(counter.shopper.id)
        order = counter.order(factories.line(quilt))
        drain(twice=True)
        (day,) = TemplateDay.query(coupon.template_id)
        numbers = (day.issued_count, day.used_count, day.discount_amount, day.goods_amount)
        assert numbers == (1, 1, 2000, 12_000)
        _cancel(order)
        drain(twice=True)
        (day,) = TemplateDay.query(coupon.template_id)
        numbers = (day.returned_count, day.discount_amount, day.goods_amount)
        assert numbers == (1, 0, 0)

    def test_death_at_every_step(self, counter: Counter, cloud: Cloud, sweep: Do) -> None:
        world: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            world["counter"] = Counter(counter.http, factories.shopper())
            world["quilt"] = factories.product(price=12_000, stock=1)
            world["coupon"] = give(counter.shopper.id)

        def act() -> None:
            world["counter"].try_order(factories.line(world["quilt"]), payable=10_000)

        def check() -> None:
            act()
            (order,) = factories.orders_of(counter.shopper.id)
            assert status_of(world["coupon"]) is CouponStatus.USED
            with Transaction() as tx:
                orders.cancel(tx, order, "x")
            sweep(redeliver=True)
            assert status_of(world["coupon"]) is CouponStatus.UNUSED
            assert factories.available(world["quilt"]) == 1
            require_sound(counter.shopper.id)

        every_death(begin, act, check)


def refunded(order: Any, units: dict[str, int], so_far: dict[str, int]) -> None:
    """What the refund of these pieces announces."""
    with Transaction() as tx:
        member_id = next(each.member_id for each in Order.by_number.query(order["number"]))
        named = {"member_id": member_id, "order_id": order["id"], "refund_id": f"r{so_far}"}
        tx.emit(UnitsRefunded(**named, units=units, refunded=so_far))


def _cancel(order: Any) -> None:
    (key,) = Order.by_number.query(order["number"])
    stored = orders.load(key.member_id, key.id, consistent=True)
    assert stored.status is OrderStatus.PENDING_PAYMENT
    with Transaction() as tx:
        orders.cancel(tx, stored, "买家取消")


def test_a_book_is_no_heap(counter: Counter) -> None:
    """What is over goes when the book is written; a full book takes no more."""
    coupon = give(counter.shopper.id)
    clock_then = clock.now() + timedelta(days=30)
    with clock.use(lambda: clock_then):
        give(counter.shopper.id, "2")
        book = CouponBook.find(counter.shopper.id, consistent=True)
        assert book is not None
        assert coupon.id not in book.entries
        require_sound(counter.shopper.id)
