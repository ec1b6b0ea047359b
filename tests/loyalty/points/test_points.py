"""Points: earned, frozen, spent oldest first, given back by share,
taken back even when spent, over with the month."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.core.once import Once
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points import service
from chalicelib.loyalty.points.earning import service as earning
from chalicelib.loyalty.points.models import Exchanged, Item
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.orders import service as orders
from infra.local.faults import every_death
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.coupons.factories import held, over, template
from tests.loyalty.factories import Counter, adjustments, staff
from tests.loyalty.points.factories import buckets, completed, give, posted, refund, require_sound, rules
from tests.trade import factories

Do = Callable[..., Any]


def cancel(order: Any, counter: Counter) -> None:
    stored = orders.load(counter.shopper.id, order["id"], consistent=True)
    with Transaction() as tx:
        orders.cancel(tx, stored, "x")


class TestEarning:
    def test_frozen_then_free(self, counter: Counter, drain: Do, sweep: Do) -> None:
        quilt, towel = factories.product(price=10_050), factories.product("towel", price=999)
        rules(per_yuan=2, freeze_days=7, product_bps={quilt.id: 15_000})
        order = completed(counter.order(factories.line(quilt), factories.line(towel)))
        drain(twice=True)
        me = counter.shopper.id
        assert buckets(me) == {"frozen": 301 + 19}
        shown = counter.buyer.get("/me/points").ok()
        assert (shown["usable"], shown["frozen"]) == (0, 320)
        sweep(minutes=7 * 24 * 60 + 1, twice=True)
        assert buckets(me) == {"2027-12": 320}, "good for twelve months after this one"
        lines = counter.buyer.get("/me/points/entries").ok()["items"]
        assert [(each["kind"], each["points"], each["balance_after"]) for each in lines] == [
            ("released", 0, 320),
            ("earned", 320, 320),
        ]
        assert order.completed_at is not None
        require_sound(me)

    def test_level_and_weekday_multiply(self, counter: Counter, drain: Do) -> None:
        rules(level_bps={"gold": 20_000}, weekday_bps={"2": 15_000})
        with Transaction() as tx:
            from chalicelib.mall.identity.members import service as members

            members.post_notice(tx, counter.shopper.id, "level", "gold")
        completed(counter.order(factories.line(factories.product(price=10_000))))
        drain()
        assert buckets(counter.shopper.id) == {"frozen": 300}

    def test_what_goes_back_earns_nothing(self, counter: Counter, drain: Do, sweep: Do) -> None:
        rules(freeze_days=7)
        me, quilt = counter.shopper.id, factories.product(price=10_000, stock=9)
        placed = counter.order(factories.line(quilt, 3))
        refund(orders.load(me, placed["id"]), {0: 1}, "r1")
        order = completed(placed)
        drain(twice=True)
        assert buckets(me) == {"frozen": 200}
        refund(order, {0: 1}, "r2")
        drain(twice=True)
        assert buckets(me) == {"frozen": 100}
        sweep(minutes=7 * 24 * 60 + 1)
        assert buckets(me) == {"2027-12": 100}
        with Transaction() as tx:
            service.spend(tx, service.open_account(me), "exchanged", "x", 100)
        refund(order, {0: 1}, "r3")
        drain(twice=True)
        assert buckets(me) == {"owed": -100}, "spent first, refunded later: owed"
        with Transaction() as tx:
            service.earn(tx, me, "check_in", "day", 130)
        assert buckets(me) == {"2027-12": 30}
        require_sound(me)

    def test_a_refund_whose_message_is_late_is_not_taken_twice(self, counter: Counter, cloud: Cloud, drain: Do) -> None:
        rules(freeze_days=7)
        me, quilt = counter.shopper.id, factories.product(price=10_000, stock=9)
        placed = counter.order(factories.line(quilt, 3))
        refund(orders.load(me, placed["id"]), {0: 1}, "r1")
        order = completed(placed)
        with Transaction() as tx:
            earning.post_earned(tx, order, Member.get(me))
        assert buckets(me) == {"frozen": 200}
        with cloud.unchanged(), Transaction() as tx:
            earning.take_back_earned(tx, order, "r1")
        refund(order, {0: 2}, "r2")
        stored = orders.load(me, order.id, consistent=True)
        with Transaction() as tx:
            earning.take_back_earned(tx, stored, "r2")
        assert buckets(me) == {}
        require_sound(me)


class TestSpending:
    def test_oldest_first_and_what_is_over_is_not_there(self, counter: Counter) -> None:
        me, quilt = counter.shopper.id, factories.product(price=10_000)
        for month, points in (("2026-10", 500), ("2027-03", 300), ("2026-12", 200)):
            give(me, points, month=month, cause=month)
        quote = counter.preview(factories.line(quilt), points="max")
        assert adjustments(quote)[0] == ("points", -500)
        (choice,) = [each for each in quote["choices"] if each["kind"] == "points"]
        assert (choice["id"], choice["chosen"], choice["saved_amount"]) == ("500", True, 500)
        counter.order(factories.line(quilt), points="350")
        assert buckets(me) == {"2026-10": 500, "2027-03": 150}
        require_sound(me)

    def test_none_unless_asked_for(self, counter: Counter) -> None:
        give(counter.shopper.id, 500)
        quote = counter.preview(factories.line(factories.product(price=10_000)))
        assert [each["kind"] for each in quote["adjustments"]] == ["freight", "free_freight"]
        assert quote["choices"][0]["title"] == "可用500积分"

    @pytest.mark.parametrize("wanted", ["501", "-1", "1.5", "999999999999999999", "x"])
    def test_no_more_than_there_are(self, counter: Counter, cloud: Cloud, wanted: str) -> None:
        give(counter.shopper.id, 500)
        quilt = factories.product(price=10_000)
        with cloud.unchanged():
            reply = counter.try_preview(factories.line(quilt), points=wanted)
        assert reply.code in ("not_enough_points", "invalid")

    def test_a_cap_and_excluded_goods(self, counter: Counter) -> None:
        quilt, towel = factories.product(price=10_000), factories.product("towel", price=2000)
        rules(cap_bps=2500, excluded_product_ids=[quilt.id])
        give(counter.shopper.id, 100_000)
        quote = counter.preview(factories.line(quilt), factories.line(towel), points="max")
        assert adjustments(quote)[0] == ("points", -500)
        assert [each["payable_amount"] for each in quote["lines"]] == [10_000, 1500]

    def test_none_is_taken_for_nothing(self, counter: Counter) -> None:
        """Ten points are a fen here: nineteen pay one fen, and nine of them stay."""
        rules(points_per_yuan=1000)
        give(counter.shopper.id, 500)
        line = factories.line(factories.product(price=10_000))
        for asked, used, amount in (("19", 10, -1), ("20", 20, -2)):
            found = counter.preview(line, points=asked)["adjustments"][0]
            assert (found["title"], found["amount"]) == (f"{used}积分抵扣", amount)
        assert [each[0] for each in adjustments(counter.preview(line, points="9"))] == ["freight", "free_freight"]
        counter.order(line, points="19")
        assert buckets(counter.shopper.id) == {"2027-11": 490}

    def test_why_they_can_not_be_used(self, counter: Counter, cloud: Cloud) -> None:
        quilt, me = factories.product(price=10_000), counter.shopper.id
        line = factories.line(quilt)
        give(me, 50)
        reasons = []
        for by in ({"min_points": 100}, {"excluded_product_ids": [quilt.id]}, {"cap_bps": 0}):
            rules(**by)
            quote = counter.preview(line, points="max")
            reasons += [(each["usable"], each["reason"]) for each in quote["choices"] if each["kind"] == "points"]
            with cloud.unchanged():
                assert counter.try_order(line, points="50", payable=1).code == "points_not_usable"
        assert reasons == [(False, "满100积分可用"), (False, "所选商品不可用积分"), (False, "本单可用积分未满1")]
        rules(min_points=20)
        few = counter.try_preview(line, points="19")
        assert (few.code, few.json["details"]) == ("points_not_usable", {"reason": "至少使用20积分"})

    def test_canceled(self, counter: Counter, drain: Do, frozen: MovableClock) -> None:
        me, quilt = counter.shopper.id, factories.product(price=10_000)
        give(me, 200, month="2026-11")
        give(me, 300, month="2026-12", cause="b")
        order = counter.order(factories.line(quilt), points="max")
        assert buckets(me) == {}
        frozen.set(datetime(2026, 12, 2, tzinfo=UTC))
        cancel(order, counter)
        drain(twice=True)
        assert buckets(me) == {"2026-12": 500}, "what was over meanwhile is good for this month"
        require_sound(me)

    def test_any_sequence_of_refunds_gives_back_what_was_spent(self, counter: Counter, drain: Do) -> None:
        me, dice = counter.shopper.id, random.Random(7)
        quilt, towel = factories.product(price=10_000, stock=9), factories.product("towel", price=333, stock=9)
        give(me, 777, month="2026-12")
        give(me, 800, month="2027-03", cause="b")
        placed = counter.order(factories.line(quilt, 3), factories.line(towel, 4), points="1000")
        order, pieces = orders.load(me, placed["id"]), [0, 0, 0, 1, 1, 1, 1]
        dice.shuffle(pieces)
        for n, number in enumerate(pieces):
            refund(order, {number: 1}, f"r{n}")
            drain(twice=True)
        assert buckets(me) == {"2026-12": 777, "2027-03": 800}
        require_sound(me)

    @pytest.mark.dynoxide
    def test_two_orders_at_once_spend_once(self, counter: Counter) -> None:
        me, quilt = counter.shopper.id, factories.product(price=20_000, stock=9)
        give(me, 1000)
        line = factories.line(quilt)
        with ThreadPoolExecutor(6) as pool:
            replies = list(
                pool.map(lambda n: counter.try_order(line, key=f"tap-2000{n}", payable=19_000, points="1000"), range(6))
            )
        assert [reply.status for reply in replies].count(201) == 1
        assert buckets(me) == {}
        require_sound(me)

    def test_death_at_every_step(self, counter: Counter, cloud: Cloud, sweep: Do) -> None:
        world: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            world["counter"] = Counter(counter.http, factories.shopper())
            world["quilt"] = factories.product(price=20_000, stock=1)
            give(counter.shopper.id, 400)

        def act() -> None:
            world["counter"].try_order(factories.line(world["quilt"]), payable=19_600, points="max")

        def check() -> None:
            act()
            (order,) = factories.orders_of(counter.shopper.id)
            assert posted(counter.shopper.id, "spent", order.id) == -400
            with Transaction() as tx:
                orders.cancel(tx, order, "x")
            sweep(redeliver=True)
            assert buckets(counter.shopper.id) == {"2027-11": 400}
            require_sound(counter.shopper.id)

        every_death(begin, act, check)


class TestEnding:
    def test_with_the_month_once_and_reminded_before(
        self, counter: Counter, drain: Do, frozen: MovableClock, cloud: Cloud
    ) -> None:
        me = counter.shopper.id
        give(me, 200, month="2026-11")
        give(me, 300, month="2026-12", cause="b")
        frozen.set(datetime(2026, 11, 24, 4, tzinfo=UTC))
        assert jobs.run("expire_points") == 1, "reminded"
        assert jobs.run("expire_points") == 0, "once"
        frozen.set(datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
        assert jobs.run("expire_points") == 0
        assert counter.buyer.get("/me/points").ok()["usable"] == 500
        frozen.move(minutes=2)
        assert counter.buyer.get("/me/points").ok()["usable"] == 300, "the clock decides, not the job"
        for _ in range(2):
            jobs.run("expire_points")
            drain(twice=True)
        assert buckets(me) == {"2026-12": 300}
        require_sound(me)

    def test_who_was_not_reminded_is_on_another_day(self, counter: Counter, frozen: MovableClock) -> None:
        give(counter.shopper.id, 200, month="2026-11")
        frozen.set(datetime(2026, 11, 23, 4, tzinfo=UTC))
        assert jobs.run("expire_points") == 0
        frozen.set(datetime(2026, 11, 26, 4, tzinfo=UTC))
        give(factories.shopper("two").id, 100, month="2026-11")
        assert jobs.run("expire_points") == 2
        frozen.move(days=1)
        assert jobs.run("expire_points") == 0

    def test_a_missed_run_is_made_up(self, counter: Counter, drain: Do, frozen: MovableClock) -> None:
        give(counter.shopper.id, 200, month="2026-11")
        frozen.set(datetime(2027, 1, 9, tzinfo=UTC))
        jobs.run("expire_points")
        drain()
        assert buckets(counter.shopper.id) == {}


class TestMall:
    def item(self, http: Client, **more: Any) -> Any:
        body = {"kind": "goods", "title": "积分换毛巾", "points": 500, "stock": 2, "active": True, **more}
        return staff(http, "points.write").post("/admin/points-items", json=body).ok()

    def test_a_coupon(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        made = template(way="grant")
        item = self.item(http, kind="coupon", template_id=made.id, stock=1)
        path = f"/points-mall/items/{item['id']}/exchange"
        with cloud.unchanged():
            assert counter.buyer.post(path, key="swap-0001").code == "balance_too_low"
        give(counter.shopper.id, 1200)
        got = counter.buyer.post(path, key="swap-0001").ok()
        assert counter.buyer.post(path, key="swap-0001").ok() == got
        assert [each.id for each in held(counter.shopper.id)] == [got["coupon_id"]]
        with cloud.unchanged():
            assert counter.buyer.post(path, key="swap-0002").code == "points_item_sold_out"
        assert buckets(counter.shopper.id) == {"2027-11": 700}
        assert counter.buyer.get("/points-mall/items").ok()["items"][0]["exchanged"] == 1
        require_sound(counter.shopper.id)

    def test_a_coupon_that_is_over_costs_nothing(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        made = over(way="grant")
        body = {"kind": "coupon", "title": "x", "points": 500, "stock": 2, "active": True, "template_id": made.id}
        desk = staff(http, "points.write")
        with cloud.unchanged():
            refused = desk.post("/admin/points-items", json=body)
        assert refused.code == "coupon_template_over"
        Item(shop="mall", id="pit_1", per_member_limit=1, **body).save()
        give(counter.shopper.id, 1200)
        with cloud.unchanged():
            reply = counter.buyer.post("/points-mall/items/pit_1/exchange", key="swap-0001")
        assert reply.code == "coupon_template_over"

    def test_goods_for_points_and_money(self, counter: Counter, http: Client, drain: Do, cloud: Cloud) -> None:
        me, towel = counter.shopper.id, factories.product("towel", price=3000)
        sku = towel.skus[0].id
        item = self.item(http, product_id=towel.id, sku_id=sku, amount=900, per_member_limit=2)
        line = factories.line(towel)
        with cloud.unchanged():
            assert counter.try_preview(line, points_item=item["id"]).code == "not_enough_points"
            assert counter.try_preview(line, points_item="pit_x").code == "points_item_not_found"
        give(me, 1700)
        order = counter.order(factories.line(towel, 2), points_item=item["id"])
        assert adjustments(order)[0] == ("points_item", -4200)
        assert buckets(me) == {"2027-11": 700}
        stored = Item.find("mall", item["id"])
        assert stored is not None
        assert stored.stock == 0
        again = counter.try_order(line, key="tap-00002", payable=1900, points_item=item["id"])
        assert again.code == "points_item_sold_out"
        cancel(order, counter)
        drain(twice=True)
        stored, had = Item.find("mall", item["id"]), Exchanged.find(me, item["id"])
        assert stored is not None
        assert had is not None
        assert (buckets(me), stored.stock, had.quantity) == ({"2027-11": 1700}, 2, 0)
        require_sound(me)


class TestStaff:
    def test_adjust_with_a_reason(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        desk, me = staff(http, "points.read", "points.write"), counter.shopper.id
        path = f"/admin/members/{me}/points"
        for _ in range(2):
            desk.post(path, json={"points": 100, "reason": "补偿"}, key="adjust-01").ok()
        with cloud.unchanged():
            assert desk.post(path, json={"points": -101, "reason": "x"}, key="adjust-02").code == "balance_too_low"
            assert desk.post(path, json={"points": 0, "reason": "x"}, key="adjust-03").status == 422
            assert (
                desk.post("/admin/members/mem_x/points", json={"points": 1, "reason": "x"}, key="a-000001").status
                == 404
            ), "a typing mistake of staff does not log them out"
        desk.post(path, json={"points": -40, "reason": "扣回"}, key="adjust-04").ok()
        entries = desk.get(f"/admin/members/{me}/points-entries").ok()["items"]
        assert [(each["points"], each["note"]) for each in entries] == [(-40, "扣回"), (100, "补偿")]
        assert desk.get(path).ok()["usable"] == 60

    def test_the_same_adjustment_twice_at_once(
        self, counter: Counter, http: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk, path = staff(http, "points.write"), f"/admin/members/{counter.shopper.id}/points"
        desk.post(path, json={"points": 100, "reason": "补偿"}, key="adjust-01").ok()
        monkeypatch.setattr(Once, "recall", lambda self: None)  # neither saw the other when it began
        with cloud.unchanged():
            again = desk.post(path, json={"points": 100, "reason": "补偿"}, key="adjust-01").ok()
            assert desk.post(path, json={"points": 9, "reason": "x"}, key="adjust-01").code == "idempotency_key_reused"
        assert again["balance"]["usable"] == 100

    def test_rules(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        desk = staff(http, "points.read", "points.write")
        now = desk.get("/admin/points-rules").ok()
        assert now["version"] == 0
        body = {"rules": {**now["rules"], "per_yuan": 3}, "version": 0}
        assert desk.put("/admin/points-rules", json=body).ok()["rules"]["per_yuan"] == 3
        with cloud.unchanged():
            assert desk.put("/admin/points-rules", json=body).code == "points_rules_edited"
            wrong = {**body, "rules": {"weekday_bps": {"8": 1}}}
            assert desk.put("/admin/points-rules", json=wrong).status == 422


def test_a_lot_of_time(counter: Counter, frozen: MovableClock) -> None:
    """Months are business months: the last evening of November is November in Shanghai."""
    frozen.set(datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC))
    assert service.new_month(12) == "2027-11"
    frozen.move(seconds=1)
    assert service.new_month(12) == "2027-12"
    assert service.new_month(1) == "2027-01"
    frozen.move(days=timedelta(days=31).days)
    assert service.new_month(0) == "2027-01"
