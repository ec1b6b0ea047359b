"""Plays that look at the whole basket: spend and save, N for a price, gifts, free shipping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.mall.catalog.products.models import ProductSales
from chalicelib.trade.cart.models import CartLine
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.returns.service import refund_amount
from tests.growth.campaigns.base.test_shop_and_numbers import paid
from tests.growth.campaigns.factories import Booth, had, item, left, require_conserved
from tests.harness import Cloud
from tests.loyalty.coupons.factories import give
from tests.loyalty.factories import Counter, adjustments
from tests.trade import factories

Do = Callable[..., Any]
SAVE, SETS, GIFT, SHIP = "spend_and_save", "n_for_price", "gift_with_purchase", "free_shipping_over"


def stored(counter: Counter, order: Any) -> Order:
    found = Order.find(counter.shopper.id, order["id"], consistent=True)
    assert found is not None
    return found


def back(order: Order, *refunds: dict[int, int]) -> list[int]:
    """What goes back for each of these refunds, one after another."""
    amounts: list[int] = []
    gone: dict[int, int] = {}
    for units in refunds:
        amounts.append(refund_amount(order.lines, order.adjustments, gone, units, sum(amounts)))
        gone = {n: gone.get(n, 0) + units.get(n, 0) for n in {*gone, *units}}
    return amounts


def of(quote: Any, kind: str) -> list[int]:
    return [amount for name, amount in adjustments(quote) if name == kind]


class TestSpendAndSave:
    def run(self, booth: Booth, *tiers: tuple[int, int], **more: Any) -> Any:
        rows = [{"threshold_amount": threshold, "off_amount": off} for threshold, off in tiers]
        limits = {name: more.pop(name) for name in ("per_member_max", "not_with") if name in more}
        return booth.run(SAVE, settings={"tiers": rows, **more}, **limits)

    def test_the_highest_tier_reached(self, counter: Counter, booth: Booth) -> None:
        self.run(booth, (10_000, 1000), (30_000, 5000))
        quilt = factories.product(price=9999)
        assert of(counter.preview(factories.line(quilt)), SAVE) == []
        assert of(counter.preview(factories.line(quilt, 2)), SAVE) == [-1000]
        assert of(counter.preview(factories.line(quilt, 4)), SAVE) == [-1000, -4000]

    def test_again_and_again(self, counter: Counter, booth: Booth) -> None:
        self.run(booth, (10_000, 1000), times_max=3)
        quilt = factories.product(price=5000, stock=20)
        assert of(counter.preview(factories.line(quilt, 5)), SAVE) == [-1000, -1000]
        assert of(counter.preview(factories.line(quilt, 12)), SAVE) == [-1000] * 3

    def test_only_its_goods_and_before_the_coupon(self, counter: Counter, booth: Booth) -> None:
        quilt, towel = factories.product(price=12_000), factories.product("towel", price=9000)
        self.run(booth, (10_000, 3000), scope={"excluded_product_ids": [towel.id]})
        give(counter.shopper.id, threshold_amount=10_000, scope={"product_ids": [quilt.id]})
        quote = counter.preview(factories.line(quilt), factories.line(towel))
        assert (of(quote, SAVE), of(quote, "coupon")) == ([-3000], [])
        assert [each["payable_amount"] for each in quote["lines"]] == [9000, 9000]

    def test_on_top_of_a_limited_discount_unless_that_is_unwilling(self, counter: Counter, booth: Booth) -> None:
        quilt, towel = factories.product(price=12_000), factories.product("towel", price=12_000)
        self.run(booth, (5000, 1000))
        booth.run("limited_discount", item(quilt, 10_000))
        booth.run("limited_discount", item(towel, 10_000), not_with=[SAVE])
        for product, cost in ((quilt, 9000), (towel, 10_000)):
            assert counter.preview(factories.line(product))["lines"][0]["payable_amount"] == cost

    @pytest.mark.parametrize("rule", ["deduct", "keep"])
    def test_what_goes_back(self, counter: Counter, booth: Booth, rule: str) -> None:
        """Three at 100 save 50. Two stay: the tier of 300 is lost, that of 100 is not."""
        self.run(booth, (10_000, 1000), (30_000, 5000), below_threshold=rule)
        quilt = factories.product(price=10_000)
        order = stored(counter, counter.order(factories.line(quilt, 3)))
        assert order.payable_amount == 25_000
        given = back(order, {0: 1}, {0: 1}, {0: 1})
        assert sum(given) == 25_000
        fair = [5666, 9667, 9667] if rule == "deduct" else [8333] * 3
        assert all(abs(amount - wanted) <= 3 for amount, wanted in zip(given, fair, strict=True)), given

    def test_limits(self, counter: Counter, booth: Booth, drain: Do) -> None:
        campaign = self.run(booth, (10_000, 1000), per_member_max=3)
        quilt = factories.product(price=6000)
        order = counter.order(factories.line(quilt, 2))
        assert sum(had(counter.shopper.id, campaign).values()) == 2
        assert of(counter.preview(factories.line(quilt, 2)), SAVE) == []
        counter.cancel(order)
        drain()
        assert of(counter.preview(factories.line(quilt, 2)), SAVE) == [-1000]

    @pytest.mark.parametrize(
        "tiers",
        [
            [],
            [{"threshold_amount": 100, "off_amount": 200}],
            [{"threshold_amount": 100, "off_amount": 20}, {"threshold_amount": 90, "off_amount": 30}],
            [{"threshold_amount": 100, "off_amount": 20}, {"threshold_amount": 200, "off_amount": 20}],
            [{"threshold_amount": 100, "off_amount": 20, "off_bps": 100}],
        ],
    )
    def test_tiers_that_make_no_sense(self, booth: Booth, cloud: Cloud, tiers: list[Any]) -> None:
        staff = booth.staff
        assert staff
        with cloud.unchanged():
            assert booth.try_draft(SAVE, settings={"tiers": tiers}).code == "invalid"


class TestNForPrice:
    def test_mixed_and_the_dearest_first(self, counter: Counter, booth: Booth) -> None:
        a, b = factories.product("a", price=5000), factories.product("b", price=3000)
        booth.run(SETS, item(a), item(b), settings={"pieces": 3, "amount": 9900})
        assert of(counter.preview(factories.line(a), factories.line(b)), SETS) == []
        quote = counter.preview(factories.line(a, 2), factories.line(b, 2))
        assert of(quote, SETS) == [-3100]
        assert quote["payable_amount"] - quote["freight_amount"] == 9900 + 3000
        # Three cheap ones cost less than the price: no set.
        assert of(counter.preview(factories.line(b, 3)), SETS) == []

    def test_the_second_at_half_price(self, counter: Counter, booth: Booth) -> None:
        a, b = factories.product("a", price=5000), factories.product("b", price=3001)
        booth.run(SETS, item(a), item(b), settings={"pieces": 2, "nth_off_bps": 5000, "times_max": 2})
        assert of(counter.preview(factories.line(a), factories.line(b)), SETS) == [-1501]
        assert of(counter.preview(factories.line(a, 6)), SETS) == [-2500, -2500]

    def test_a_broken_set_costs_what_it_costs(self, counter: Counter, booth: Booth) -> None:
        a = factories.product("a", price=5000)
        booth.run(SETS, item(a), settings={"pieces": 2, "amount": 8000})
        order = stored(counter, counter.order(factories.line(a, 4)))
        assert order.payable_amount == 16_000
        # Three stay: one set stands, its share of 2000 lies on all four pieces.
        given = back(order, {0: 1}, {0: 3})
        assert (given[0], sum(given)) == (16_000 - (15_000 - 1500), 16_000)


class TestGift:
    def world(self, booth: Booth, **more: Any) -> tuple[Any, Any, Any]:
        quilt = factories.product(price=12_000, stock=20)
        mug = factories.product("mug", price=3900, stock=5)
        gift = item(mug, stock=2, terms={"pieces": 1}, **more)
        return quilt, mug, booth.run(GIFT, gift, settings={"threshold_amount": 10_000})

    def test_a_line_that_nobody_asked_for(self, counter: Counter, booth: Booth, drain: Do) -> None:
        quilt, mug, campaign = self.world(booth)
        body = {"product_id": mug.id, "sku_id": mug.skus[0].id, "quantity": 1}
        counter.buyer.post("/cart/items", json=body).ok()
        order = counter.order(factories.line(quilt))
        assert order["payable_amount"] == 12_000
        assert [(each["sku_id"], each["payable_amount"], each["given"]) for each in order["lines"]] == [
            (quilt.skus[0].id, 12_000, False),
            (mug.skus[0].id, 0, True),
        ]
        assert (left(campaign, mug), factories.available(mug)) == (1, 3)
        paid(order, counter.shopper.id)
        drain()
        assert CartLine.find(counter.shopper.id, mug.skus[0].id) is not None, "the buyer's own mug stays in the cart"
        assert ProductSales.find(mug.id) is not None
        require_conserved(campaign, mug, 5)

    def test_it_costs_no_freight_and_no_coupon(self, counter: Counter, booth: Booth) -> None:
        towel = factories.product("towel", price=4000)
        mug = factories.product("mug", price=3900)
        give(counter.shopper.id, threshold_amount=0, off_amount=500)
        booth.run(GIFT, item(mug, stock=2), settings={"threshold_amount": 3000})
        quote = counter.preview(factories.line(towel))
        assert (quote["freight_amount"], quote["payable_amount"]) == (1000, 4500)
        without = counter.preview(factories.line(towel), gift_with_purchase="none")
        assert (len(without["lines"]), without["payable_amount"]) == (1, 4500)

    def test_gone_canceled_and_limited(self, counter: Counter, booth: Booth, drain: Do, sweep: Do) -> None:
        quilt, mug, campaign = self.world(booth, per_member_max=1)
        mine = counter.order(factories.line(quilt))
        assert len(counter.preview(factories.line(quilt))["lines"]) == 1
        friend = Counter(counter.http, factories.shopper("two"))
        friend.order(factories.line(quilt))
        drain()
        third = Counter(counter.http, factories.shopper("three"))
        assert len(third.preview(factories.line(quilt))["lines"]) == 1
        counter.cancel(mine)
        drain(twice=True)
        sweep(minutes=3)
        assert len(third.preview(factories.line(quilt))["lines"]) == 2
        booth.step(campaign, "stop")
        assert factories.available(mug) == 4
        require_conserved(campaign, mug, 5)

    def test_what_becomes_of_it_when_the_goods_go_back(self, counter: Counter, booth: Booth) -> None:
        quilt, _, _ = self.world(booth)
        order = stored(counter, counter.order(factories.line(quilt)))
        # The mug stays: its price comes off. It comes too: everything goes back.
        assert back(order, {0: 1}) == [12_000 - 3900]
        assert back(order, {0: 1}, {1: 1}) == [8100, 3900]
        assert back(order, {0: 1, 1: 1}) == [12_000]
        assert back(order, {1: 1}) == [0]

    def test_only_with_stock_of_its_own(self, booth: Booth) -> None:
        mug = factories.product("mug", price=3900)
        for gift in (item(mug), item(mug, 100, stock=1)):
            assert booth.try_draft(GIFT, gift, settings={"threshold_amount": 1}).code == "invalid"


class TestFreeShipping:
    def test_from_an_amount_on_to_a_region(self, counter: Counter, booth: Booth) -> None:
        towel = factories.product("towel", price=4000)
        campaign = booth.run(SHIP, settings={"threshold_amount": 8000, "regions": ["310000"]})
        assert counter.preview(factories.line(towel))["freight_amount"] == 1000
        quote = counter.preview(factories.line(towel, 2))
        assert (of(quote, SHIP), quote["freight_amount"]) == ([-1000], 0)
        assert booth.show(campaign)["words"] == "满80.00元包邮"
        away = {"lines": [factories.line(towel, 2)]}
        assert counter.buyer.post("/checkout/preview", json=away).ok()["freight_amount"] == 1000

    @pytest.mark.parametrize(
        ("settings", "freight"),
        [
            ({"regions": ["330000"]}, 1000),
            ({"excluded_regions": ["310000"]}, 1000),
            ({"regions": ["310104"], "excluded_regions": ["310000"]}, 0),
            ({"cap_amount": 400}, 600),
            ({"scope": {"product_ids": ["prd_other"]}}, 1000),
        ],
    )
    def test_where_and_how_much(self, counter: Counter, booth: Booth, settings: Any, freight: int) -> None:
        booth.run(SHIP, settings=settings)
        assert counter.preview(factories.line(factories.product(price=4000)))["freight_amount"] == freight

    def test_a_freight_coupon_is_kept(self, counter: Counter, booth: Booth) -> None:
        give(counter.shopper.id, kind="free_shipping", off_amount=None, threshold_amount=0)
        booth.run(SHIP)
        quote = counter.preview(factories.line(factories.product(price=4000)))
        assert (of(quote, SHIP), of(quote, "freight_coupon")) == ([-1000], [])


def test_everywhere_is_on_every_product_and_ends(counter: Counter, booth: Booth, frozen: Any) -> None:
    quilt = factories.product(price=12_000)
    campaign = booth.run(SAVE, settings={"tiers": [{"threshold_amount": 10_000, "off_amount": 1000}]})
    shown = counter.http.get(f"/products/{quilt.id}/campaigns").ok()["items"]
    assert [each["id"] for each in shown] == [campaign["id"]]
    frozen.move(hours=24)
    reply = counter.try_order(factories.line(quilt), payable=11_000)
    assert (reply.code, reply.json["details"]["payable_amount"]) == ("price_changed", 12_000)
    jobs.run("close_campaigns")
    assert booth.show(campaign)["phase"] == "over"
