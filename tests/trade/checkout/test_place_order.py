"""One tap, at most one order, at the promised price."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.core.settings import settings
from chalicelib.mall.catalog.products.models import Product, ProductStatus
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.trade.checkout.models import Purchase
from chalicelib.trade.freight.models import MALL, FreightRule
from tests.trade import factories


@pytest.fixture
def shopper(cloud, frozen):
    return factories.shopper()


@pytest.fixture
def buyer(http, shopper):
    return http.as_(shopper.token)


def order_of(shopper, *lines, payable, **more):
    return {"lines": list(lines), "address_id": shopper.address_id, "expected_payable_amount": payable, **more}


def test_preview_is_what_is_charged(buyer, shopper, cloud):
    quilt = factories.product(price=3000)
    lines = [factories.line(quilt, 2)]
    with cloud.unchanged():
        quote = buyer.post("/checkout/preview", json={"lines": lines, "address_id": shopper.address_id}).ok()
    assert (quote["goods_amount"], quote["freight_amount"], quote["payable_amount"]) == (6000, 1000, 7000)
    order = buyer.post("/orders", json=order_of(shopper, *lines, payable=7000), key="tap-0001").ok()
    assert (order["status"], order["payable_amount"]) == ("pending_payment", 7000)
    assert [each["kind"] for each in order["adjustments"]] == ["freight"]
    assert order["receiver"]["district"] == "徐汇区"
    assert [step["kind"] for step in order["timeline"]] == ["placed"]
    assert factories.available(quilt) == 8
    assert [(entry.delta, entry.ref) for entry in factories.ledger(quilt)][-1] == (-2, order["id"])


def test_goods_over_the_threshold_travel_free_and_say_so(buyer, shopper):
    quilt = factories.product(price=settings().free_freight_over_amount)
    quote = buyer.post("/checkout/preview", json={"lines": [factories.line(quilt)]}).ok()
    assert [(each["kind"], each["amount"]) for each in quote["adjustments"]] == [
        ("freight", settings().freight_amount),
        ("free_freight", -settings().freight_amount),
    ]
    assert quote["payable_amount"] == settings().free_freight_over_amount


def test_another_price_is_refused_not_charged(buyer, shopper, cloud):
    quilt = factories.product()
    with cloud.unchanged():
        reply = buyer.post("/orders", json=order_of(shopper, factories.line(quilt), payable=1), key="tap-0001")
    assert (reply.status, reply.code, reply.json["details"]["payable_amount"]) == (409, "price_changed", 6000)


def test_the_same_tap_twice_is_one_order(buyer, shopper, cloud):
    quilt = factories.product(stock=1)
    body = order_of(shopper, factories.line(quilt), payable=6000)
    first = buyer.post("/orders", json=body, key="tap-0001").ok()
    with cloud.unchanged():
        again = buyer.post("/orders", json=body, key="tap-0001").ok()
        other = buyer.post("/orders", json={**body, "remark": "x"}, key="tap-0001")
    assert again["id"] == first["id"]
    assert (other.status, other.code) == (409, "idempotency_key_reused")
    assert len(factories.orders_of(shopper.id)) == 1


def test_the_same_tap_at_once_is_one_order(http, shopper):
    quilt = factories.product(stock=5)
    body = order_of(shopper, factories.line(quilt), payable=6000)

    def tap(_: int) -> str:
        return http.as_(shopper.token).post("/orders", json=body, key="tap-0001").ok()["id"]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(tap, range(8)))) == 1
    assert factories.available(quilt) == 4


def test_a_repeat_finds_its_order_though_the_cart_is_empty_by_then(buyer, shopper, drain):
    quilt = factories.product(stock=1)
    buyer.post("/cart/items", json=factories.line(quilt)).ok()
    body = {"address_id": shopper.address_id, "expected_payable_amount": 6000}
    first = buyer.post("/orders", json=body, key="tap-0001").ok()
    drain()
    assert buyer.get("/cart").ok()["items"] == []
    assert buyer.post("/orders", json=body, key="tap-0001").ok()["id"] == first["id"]
    assert buyer.post("/orders", json=body, key="tap-0002").code == "empty_basket"


def test_what_was_put_in_the_cart_since_stays(buyer, shopper, drain):
    quilt, towel = factories.product("quilt"), factories.product("towel")
    buyer.post("/cart/items", json=factories.line(quilt, 2)).ok()
    buyer.post(
        "/orders", json={"address_id": shopper.address_id, "expected_payable_amount": 10000}, key="tap-0001"
    ).ok()
    buyer.post("/cart/items", json=factories.line(quilt, 1)).ok()
    buyer.post("/cart/items", json=factories.line(towel, 1)).ok()
    drain()
    assert {each["product_id"]: each["quantity"] for each in buyer.get("/cart").ok()["items"]} == {
        quilt.id: 1,
        towel.id: 1,
    }


def test_only_selected_lines_are_ordered(buyer, shopper):
    quilt, towel = factories.product("quilt"), factories.product("towel")
    for item in (quilt, towel):
        buyer.post("/cart/items", json=factories.line(item)).ok()
    buyer.patch(f"/cart/items/{towel.skus[0].id}", json={"selected": False}).ok()
    body = {"address_id": shopper.address_id, "expected_payable_amount": 6000}
    order = buyer.post("/orders", json=body, key="tap-0001").ok()
    assert [each["product_id"] for each in order["lines"]] == [quilt.id]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": ProductStatus.UNLISTED}, "unlisted"),
        ({"per_order_max": 1}, "over_order_limit"),
        ({"min_quantity": 3}, "under_minimum"),
    ],
)
def test_lines_that_can_not_be_ordered_are_named(buyer, shopper, cloud, change, reason):
    quilt = factories.product()
    Product(id=quilt.id).update([getattr(Product, name).set(value) for name, value in change.items()])
    body = order_of(shopper, factories.line(quilt, 2), payable=11000)
    with cloud.unchanged():
        reply = buyer.post("/orders", json=body, key="tap-0001")
    assert (reply.status, reply.code) == (409, "lines_invalid")
    assert reply.json["details"]["lines"] == [{"sku_id": quilt.skus[0].id, "reason": reason}]


def test_one_line_short_and_nothing_is_taken(buyer, shopper, cloud):
    quilt, towel = factories.product("quilt", stock=5), factories.product("towel", stock=0)
    body = order_of(shopper, factories.line(quilt), factories.line(towel), payable=10000)
    with cloud.unchanged():
        reply = buyer.post("/orders", json=body, key="tap-0001")
    assert reply.json["details"]["lines"] == [{"sku_id": towel.skus[0].id, "reason": "out_of_stock"}]


def test_schedule_is_checked_by_the_clock(buyer, shopper, frozen):
    soon = frozen.at.replace(hour=5)
    quilt = factories.product(list_at=soon)
    body = order_of(shopper, factories.line(quilt), payable=6000)
    assert buyer.post("/orders", json=body, key="tap-0001").code == "lines_invalid"
    frozen.set(soon)
    assert buyer.post("/orders", json=body, key="tap-0001").status == 201


def test_limit_per_member_over_all_orders_and_given_back(buyer, shopper, cloud, sweep):
    quilt = factories.product(per_member_max=3)
    body = order_of(shopper, factories.line(quilt, 2), payable=10000)
    first = buyer.post("/orders", json=body, key="tap-0001").ok()
    with cloud.unchanged():
        reply = buyer.post("/orders", json=body, key="tap-0002")
    assert (reply.code, reply.json["details"]["limit"]) == ("purchase_limit_reached", 3)
    buyer.post(f"/orders/{first['id']}/cancel", json={}).ok()
    sweep()
    assert Purchase.find(shopper.id, quilt.id).quantity == 0
    assert buyer.post("/orders", json=body, key="tap-0003").status == 201


def test_limit_at_once(http, shopper):
    quilt = factories.product(stock=50, per_member_max=3)
    body = order_of(shopper, factories.line(quilt), payable=6000)

    def tap(index: int) -> int:
        return http.as_(shopper.token).post("/orders", json=body, key=f"tap-{index:04d}").status

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(tap, range(8))) == [201] * 3 + [409] * 5
    assert factories.available(quilt) == 47


def test_others_addresses_and_closed_members(http, buyer, shopper, cloud):
    quilt, stranger = factories.product(), factories.shopper("two")
    body = order_of(shopper, factories.line(quilt), payable=6000)
    with cloud.unchanged():
        foreign = buyer.post("/orders", json={**body, "address_id": stranger.address_id}, key="tap-0001")
    assert (foreign.status, foreign.code) == (404, "address_not_found")
    Member(id=shopper.id).update([Member.status.set(MemberStatus.CLOSED)])
    with cloud.unchanged():
        assert buyer.post("/orders", json=body, key="tap-0002").status == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": []}, "lines"),
        ({"expected_payable_amount": -1}, "expected_payable_amount"),
        ({"expected_payable_amount": 1.5}, "expected_payable_amount"),
        ({"expected_payable_amount": 10**20}, "expected_payable_amount"),
        ({"surprise": 1}, "surprise"),
        ({"remark": "长" * 201}, "remark"),
        ({"remark": "nul\x00"}, "remark"),
        ({"options": {"coupon": "x" * 65}}, "options.coupon"),
    ],
)
def test_bad_input_is_named(buyer, shopper, cloud, change, field):
    quilt = factories.product()
    body = {**order_of(shopper, factories.line(quilt), payable=6000), **change}
    with cloud.unchanged():
        reply = buyer.post("/orders", json=body, key="tap-0001")
    assert (reply.status, reply.code) == (422, "invalid")
    assert reply.json["details"]["errors"][0]["field"] == field


def test_the_key_is_required(buyer, shopper, cloud):
    body = order_of(shopper, factories.line(factories.product()), payable=6000)
    with cloud.unchanged():
        assert buyer.post("/orders", json=body).json["details"]["errors"][0]["field"] == "Idempotency-Key"


def test_as_many_lines_as_an_order_may_have_fit_one_transaction(buyer, shopper, cloud):
    many = factories.product(values=tuple(f"色{i}" for i in range(31)), price=100, per_member_max=100)
    lines = [factories.line(many, index=index) for index in range(30)]
    order = buyer.post("/orders", json=order_of(shopper, *lines, payable=4000), key="tap-0001").ok()
    assert len(order["lines"]) == 30
    for index in range(31):
        buyer.post("/cart/items", json=factories.line(many, index=index)).ok()
    with cloud.unchanged():
        body = {"address_id": shopper.address_id, "expected_payable_amount": 4100}
        assert buyer.post("/orders", json=body, key="tap-0002").code == "too_many_lines"


def test_what_costs_nothing_is_paid_at_once(buyer, shopper, cloud, drain, sweep):
    FreightRule(id=MALL, flat_amount=0).save()
    gift = factories.product(price=0)
    order = buyer.post("/orders", json=order_of(shopper, factories.line(gift), payable=0), key="tap-0001").ok()
    assert (order["status"], order["paid_amount"]) == ("paid", 0)
    drain()
    sweep(minutes=31)
    assert buyer.get(f"/orders/{order['id']}").ok()["status"] == "processing"
    with cloud.unchanged():
        assert buyer.post(f"/orders/{order['id']}/cancel", json={}).code == "order_not_pending"
    assert factories.available(gift) == 9
