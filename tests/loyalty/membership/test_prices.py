"""What a level changes in a price: member prices, exclusive products, free shipping; the preview is what is charged."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core import ids
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.models import MALL, ExclusiveProduct, Held, LadderRow, Membership, ShippingUse
from chalicelib.loyalty.membership.prices import service
from chalicelib.loyalty.membership.prices.adjuster import ExclusiveProducts, MemberPrice
from chalicelib.loyalty.membership.schemas import Benefits, Level
from chalicelib.loyalty.membership.shipping.adjuster import MemberShipping
from chalicelib.loyalty.points.models import PointsRules
from chalicelib.trade.freight.models import FreightRule
from chalicelib.trade.fulfillment.shipments.models import Parcel
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.adjuster import BestPrice
from chalicelib.trade.pricing.schemas import PricedLine, PriceOffer, Target
from chalicelib.trade.pricing.service import Quote
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.coupons.factories import give as give_coupon
from tests.loyalty.factories import Counter, adjustments, staff
from tests.loyalty.membership.factories import give, ladder, ladder_of
from tests.mall.catalog.factories import staff_token
from tests.trade import factories

Do = Callable[..., Any]
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def silver(counter: Counter, **benefits: Any) -> None:
    """The buyer is silver, which is good for *benefits*."""
    ladder(benefits={"silver": benefits})
    give(counter.shopper.id, 500)


def priced(item: Any, **prices: int) -> Any:
    """The product with further prices of its first SKU."""
    item.skus[0].prices = prices
    item.save()
    return item


def freight(amount: int) -> None:
    FreightRule(id="mall", flat_amount=amount).save()


class TestMemberPrice:
    def test_the_discount_of_the_level(self, counter: Counter) -> None:
        quilt = factories.product(price=10_005)
        assert counter.preview(factories.line(quilt, 2))["discount_amount"] == 0
        silver(counter, discount_bps=9500)
        quote = counter.preview(factories.line(quilt, 2))
        assert adjustments(quote)[0] == ("member_price", -2 * 500)
        assert quote["adjustments"][0]["title"] == "Silver价"
        order = counter.order(factories.line(quilt, 2))
        assert order["lines"][0]["payable_amount"] == 2 * 9505, "rounded half up, once per unit"

    def test_the_price_of_the_sku_stands_in(self, counter: Counter) -> None:
        quilt = priced(factories.product(price=10_000), member=9900)
        silver(counter, discount_bps=9000)
        assert adjustments(counter.preview(factories.line(quilt)))[0] == ("member_price", -1000)
        ladder(benefits={"silver": {"discount_bps": 9000, "member_prices": True}})
        assert adjustments(counter.preview(factories.line(quilt)))[0] == ("member_price", -100)

    def test_never_dearer(self, counter: Counter) -> None:
        """A member price that is not below the price is not offered, not even to who names it."""
        quilt = priced(factories.product(price=10_000), member=10_001)
        silver(counter, discount_bps=9000, member_prices=True)
        assert counter.preview(factories.line(quilt), price="member_price")["discount_amount"] == 0
        shown = counter.buyer.get("/me/member-prices", query={"product_ids": [quilt.id]}).ok()
        assert shown["items"][0]["skus"] == []

    def test_excluded(self, counter: Counter, http: Client, frozen: Any) -> None:
        desk = http.as_(staff_token())
        parent = desk.post("/admin/categories", json={"name": "家纺"}).ok()["id"]
        child = desk.post("/admin/categories", json={"name": "被子", "parent_id": parent}).ok()["id"]
        quilt, towel, mat = (factories.product(name, price=10_000) for name in ("quilt", "towel", "mat"))
        quilt.update([type(quilt).category_id.set(child)])
        priced(mat, member=8000)
        benefits = {"silver": {"discount_bps": 9000, "member_prices": True}}
        ladder(benefits=benefits, excluded_category_ids=[parent], excluded_product_ids=[towel.id, mat.id])
        give(counter.shopper.id, 500)
        quote = counter.preview(*(factories.line(each) for each in (quilt, towel, mat)))
        assert [each["payable_amount"] for each in quote["lines"]] == [10_000, 10_000, 8000]

    def test_a_coupon_that_does_not_go_with_it(self, counter: Counter) -> None:
        quilt = factories.product(price=20_000)
        silver(counter, discount_bps=9000)
        coupon = give_coupon(counter.shopper.id, exclusive_with=["member_price"])
        quote = counter.preview(factories.line(quilt))
        (choice,) = [each for each in quote["choices"] if each["id"] == coupon.id]
        assert (choice["usable"], choice["reason"]) == (False, "不与会员价同享")

    def test_the_level_of_this_moment(self, counter: Counter, cloud: Cloud) -> None:
        """A preview of silver is not charged to gold, nor the other way round."""
        ladder(benefits={"silver": {"discount_bps": 9000}, "gold": {"discount_bps": 8000}})
        give(counter.shopper.id, 500)
        quilt = factories.product(price=10_000)
        payable = counter.preview(factories.line(quilt))["payable_amount"]
        give(counter.shopper.id, 500, "gold")
        with cloud.unchanged():
            reply = counter.try_order(factories.line(quilt), payable=payable)
        assert (reply.code, reply.json["details"]["payable_amount"]) == ("price_changed", payable - 1000)

    def test_shown_for_lists(self, counter: Counter, http: Client) -> None:
        quilt, towel = priced(factories.product(price=10_000), member=9000), factories.product("towel", price=500)
        silver(counter, member_prices=True)
        staff(http, "membership.write").put(f"/admin/exclusive-products/{towel.id}", json={"level": "gold"}).ok()
        shown = counter.buyer.get("/me/member-prices", query={"product_ids": [quilt.id, towel.id, "prd_x"]}).ok()
        assert shown["level"] == "silver"
        first, second = shown["items"]
        assert (first["skus"], first["may_buy"]) == ([{"sku_id": quilt.skus[0].id, "amount": 9000}], True)
        assert (second["skus"], second["exclusive_level_name"], second["may_buy"]) == ([], "Gold", False)


class TestExclusive:
    def test_refused_below_the_level(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        ladder()
        quilt, towel = factories.product(price=10_000), factories.product("towel", price=500)
        desk, path = staff(http, "membership.read", "membership.write"), f"/admin/exclusive-products/{quilt.id}"
        desk.put(path, json={"level": "silver"}).ok()
        lines = factories.line(quilt), factories.line(towel)
        with cloud.unchanged():
            for reply in (counter.try_preview(*lines), counter.try_order(*lines, payable=1)):
                assert (reply.status, reply.code) == (409, "level_too_low")
                wanted = {"product_id": quilt.id, "level": "silver", "level_name": "Silver"}
                assert reply.json["details"]["lines"] == [wanted]
        give(counter.shopper.id, 500)
        counter.preview(*lines)
        give(counter.shopper.id, 500, "above it")
        counter.order(*lines)
        assert [each["product_id"] for each in desk.get("/admin/exclusive-products?level=silver").ok()["items"]] == [
            quilt.id
        ]
        desk.put(path, json={"level": None}).ok()
        other = Counter(http, factories.shopper("two"))
        other.preview(*lines)

    def test_its_level_can_not_leave_the_ladder(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        ladder()
        quilt = factories.product(price=10_000)
        desk = staff(http, "membership.read", "membership.write")
        path = f"/admin/exclusive-products/{quilt.id}"
        desk.put(path, json={"level": "gold"}).ok()
        body = {"ladder": ladder_of(("basic", 0), ("silver", 500)).model_dump(mode="json"), "version": 1}
        with cloud.unchanged():
            reply = desk.put("/admin/levels", json=body)
            assert (reply.code, reply.json["details"]["level"]) == ("level_in_use", "gold")
            assert desk.put(path, json={"level": "wood"}).code == "level_not_found"
            assert desk.put("/admin/exclusive-products/prd_x", json={"level": "gold"}).code == "product_not_found"
        desk.put(path, json={"level": None}).ok()
        desk.put("/admin/levels", json=body).ok()


class TestShipping:
    def used(self, counter: Counter, month: str = "2026-11") -> int:
        use = ShippingUse.find(counter.shopper.id, month, consistent=True)
        return use.used if use is not None else 0

    def test_so_many_times_a_month(self, counter: Counter, cloud: Cloud, frozen: MovableClock) -> None:
        freight(800)
        silver(counter, free_shipping_times=1)
        quilt = factories.product(price=10_000)
        assert counter.buyer.get("/me/membership").ok()["free_shipping_left"] == 1
        quote = counter.preview(factories.line(quilt))
        assert (quote["freight_amount"], adjustments(quote)[-1]) == (0, ("member_shipping", -800))
        (choice,) = [each for each in quote["choices"] if each["kind"] == "member_shipping"]
        assert (choice["title"], choice["chosen"], choice["saved_amount"]) == ("Silver包邮（本月剩1次）", True, 800)
        counter.order(factories.line(quilt))
        assert (self.used(counter), counter.buyer.get("/me/membership").ok()["free_shipping_left"]) == (1, 0)
        quote = counter.preview(factories.line(quilt))
        assert quote["freight_amount"] == 800
        (choice,) = [each for each in quote["choices"] if each["kind"] == "member_shipping"]
        assert (choice["usable"], choice["reason"]) == (False, "本月次数已用完")
        with cloud.unchanged():
            assert counter.try_preview(factories.line(quilt), member_shipping="free").code == "member_shipping_used_up"
        frozen.set(datetime(2026, 11, 30, 16, tzinfo=UTC))
        assert counter.preview(factories.line(quilt))["freight_amount"] == 0, "December in Shanghai"

    def test_declined_or_left_to_a_coupon(self, counter: Counter) -> None:
        freight(800)
        silver(counter, free_shipping_times=None, free_shipping_cap_amount=500)
        quilt = factories.product(price=10_000)
        coupon = give_coupon(counter.shopper.id, kind="free_shipping", off_amount=None, threshold_amount=0)
        both = counter.preview(factories.line(quilt))
        assert adjustments(both)[1:] == [("member_shipping", -500), ("freight_coupon", -300)]
        assert adjustments(counter.preview(factories.line(quilt), freight_coupon="none"))[1:] == [
            ("member_shipping", -500)
        ]
        named = counter.preview(factories.line(quilt), freight_coupon=coupon.id)
        assert adjustments(named)[1:] == [("freight_coupon", -800)]
        declined = counter.preview(factories.line(quilt), member_shipping="none", freight_coupon="none")
        assert declined["freight_amount"] == 800
        counter.order(factories.line(quilt), freight_coupon="none")
        assert self.used(counter) == 1, "counted, though there is no limit"

    def test_nothing_to_give_is_not_used_up(self, counter: Counter) -> None:
        freight(0)
        silver(counter, free_shipping_times=1)
        counter.order(factories.line(factories.product(price=10_000)))
        assert self.used(counter) == 0

    @pytest.mark.dynoxide
    def test_two_orders_at_once(self, counter: Counter) -> None:
        freight(800)
        silver(counter, free_shipping_times=1)
        line = factories.line(factories.product(price=10_000, stock=9))
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda n: counter.try_order(line, key=f"tap-3000{n}", payable=10_000), range(4)))
        assert [reply.status for reply in replies].count(201) == 1
        assert {each.code for each in replies if each.status != 201} <= {
            "member_shipping_used_up",
            "price_changed",
            "too_busy",
        }
        assert self.used(counter) == 1

    def test_canceled(self, counter: Counter, drain: Do, frozen: MovableClock) -> None:
        freight(800)
        silver(counter, free_shipping_times=2)
        line = factories.line(factories.product(price=10_000))
        order = counter.order(line)
        counter.order(line, key="tap-00002")
        frozen.set(datetime(2026, 12, 1, tzinfo=UTC))
        with Transaction() as tx:
            orders.cancel(tx, orders.load(counter.shopper.id, order["id"]), "x")
        drain(twice=True)
        assert (self.used(counter), self.used(counter, "2026-12")) == (1, 0), "to the month it was taken from"

    @pytest.mark.parametrize("left", [True, False])
    def test_not_once_a_parcel_has_left(self, counter: Counter, drain: Do, left: bool) -> None:
        freight(800)
        silver(counter, free_shipping_times=2)
        order = counter.order(factories.line(factories.product(price=10_000, stock=4), 2))
        named = {"member_id": counter.shopper.id, "order_id": order["id"]}
        Order(member_id=named["member_id"], id=order["id"]).update([Order.processing_at.set(NOW)])
        if left:
            Parcel(**named, id=ids.new("par"), shipment_id="shp", order_number="1", lines=[], shipped_at=NOW).save()
        with Transaction() as tx:
            tx.emit(OrderCanceled(**named))
        drain(twice=True)
        assert self.used(counter) == (1 if left else 0)


class TestPoints:
    def test_one_place_of_truth(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        desk = staff(http, "membership.read", "membership.write", "points.read", "points.write")
        body = {"ladder": ladder_of().model_dump(mode="json"), "points_bps": {"gold": 15_000}, "version": 0}
        assert desk.put("/admin/levels", json=body).ok()["points_bps"] == {"gold": 15_000}
        rules = desk.get("/admin/points-rules").ok()
        assert rules["rules"]["level_bps"] == {"gold": 15_000}
        rules["rules"]["level_bps"]["platinum"] = 20_000
        desk.put("/admin/points-rules", json=rules).ok()
        shown = {each["id"]: each["points_bps"] for each in http.get("/levels").ok()["items"]}
        assert shown == {"basic": 10_000, "silver": 10_000, "gold": 15_000, "platinum": 20_000}
        less = ladder_of(("basic", 0), ("gold", 700)).model_dump(mode="json")
        assert desk.put("/admin/levels", json={"ladder": less, "version": 1}).ok()["points_bps"] == {"gold": 15_000}
        with cloud.unchanged():
            wrong = {"ladder": less, "points_bps": {"wood": 20_000}, "version": 2}
            assert desk.put("/admin/levels", json=wrong).status == 422
        stored = PointsRules.find("mall")
        assert stored is not None
        assert stored.rules.level_bps == {"gold": 15_000}


LINES = st.lists(
    st.tuples(st.integers(1, 100_000), st.integers(1, 5), st.none() | st.integers(1, 100_000)), min_size=1, max_size=4
)
OFFERS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 120_000)), max_size=4)


@settings(max_examples=150)
@given(LINES, OFFERS, st.integers(1, 10_000), st.booleans(), st.integers(0, 5000), st.none() | st.integers(0, 3))
def test_whatever_stands_in_the_basket(
    lines: Any, others: Any, bps: int, own: bool, carried: int, times: int | None
) -> None:
    """Never below zero, never above the catalog's price, the best of all; freight is given whole or not at all."""
    basket = [
        PricedLine(
            product_id=f"prd_{n}",
            sku_id=f"sku_{n}",
            stock_owner=f"prd_{n}",
            name="x",
            spec="",
            picture="",
            quantity=quantity,
            unit_amount=unit,
            prices={"member": member} if member else {},
            goods_amount=unit * quantity,
        )
        for n, (unit, quantity, member) in enumerate(lines)
    ]
    quote = Quote("mem_1", NOW, basket)
    benefits = {"discount_bps": bps, "member_prices": own, "free_shipping_times": times}
    row = LadderRow(ladder=ladder_of(("basic", 0), benefits={"basic": benefits}))
    standing = Membership(member_id="mem_1", level="basic", held=[Held(level="basic", growth=0, base=0)])
    found: Any = {LadderRow: {MALL: row}, Membership: {"mem_1": standing}, ExclusiveProduct: {}, ShippingUse: {}}
    for number, unit in others:
        if number < len(basket):
            quote.offers.append(PriceOffer(line=number, kind="flash", title="x", unit_amount=unit))
    for step in (ExclusiveProducts(), MemberPrice(), BestPrice()):
        step.adjust(quote, found)
    level = Level(id="basic", name="x", growth=0, benefits=Benefits(**benefits))
    for number, line in enumerate(basket):
        offers = [unit for n, unit in others if n == number]
        member = service.price_of(line.unit_amount, line.prices, level, excluded=False)
        best = min([line.unit_amount, *offers, *([member] if member is not None else [])])
        assert quote.discounted()[number] == best * line.quantity
    quote.adjust("freight", "运费", carried, target=Target.FREIGHT)
    MemberShipping().adjust(quote, found)
    quote.settle()
    assert quote.freight_amount == (carried if times == 0 else 0)
    assert quote.payable_amount >= 0
    assert all(line.payable_amount >= 0 and line.freight_amount >= 0 for line in quote.lines)
