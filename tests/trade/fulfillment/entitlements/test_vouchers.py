"""Vouchers: a code for each piece, used so often, in stores that take it, until its time is over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import ProductKind, VoucherTerms
from chalicelib.mall.stores.models import Store
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.models import Entitlement, EntitlementStatus, StoreDay, Verification
from chalicelib.trade.fulfillment.entitlements.opening import service as opening
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus, Receiver
from chalicelib.trade.orders.refunding import service as order_refunds
from chalicelib.trade.orders.refunding.service import Back
from chalicelib.trade.payments.models import Payment
from infra.local.faults import every_death
from tests.harness import Client, Cloud
from tests.mall.catalog.factories import fields, staff_token
from tests.trade import factories as shop
from tests.trade.fulfillment.entitlements.conftest import Counter
from tests.trade.fulfillment.entitlements.factories import FAR, NEAR, available, pay_by_row, pickup
from tests.trade.payments.factories import buyer_token, now_of, refunds

CONTACT = {"name": "王小明", "phone": "13800001234"}


def vouchers(quantity: int = 2, **terms: Any) -> tuple[Order, list[Entitlement]]:
    """A paid order of vouchers of 30.00 each, given."""
    order = pickup(("sku_1", quantity, 3000 * quantity))
    order.fulfillment, order.place = Fulfillment.VOUCHER, None
    order.receiver = Receiver(name="王小明", phone="13800001234")
    promised = VoucherTerms(**{"valid_days": 30, **terms})
    order.lines = [line.model_copy(update={"kind": ProductKind.VOUCHER, "voucher": promised}) for line in order.lines]
    pay_by_row(order)
    with Transaction() as tx:
        opening.open_for(tx, now_of(order))
    return now_of(order), service.of_order(order.id)


def refund(order: Order, units: dict[int, int]) -> None:
    with Transaction() as tx:
        order_refunds.give_back(tx, now_of(order), Back("rfd_1", units, 0, 0))


@pytest.fixture
def places(cloud: Cloud) -> None:
    """Two stores, as the directory knows them."""
    from chalicelib.mall.stores import service as stores
    from chalicelib.mall.stores.models import StoreKind

    for store_id, name in ((NEAR, "近店"), (FAR, "远店")):
        region = {"province_code": "310000", "city_code": "310100", "district_code": "310104"}
        names = {"province": "上海市", "city": "上海市", "district": "徐汇区", "detail": "某路 1 号"}
        now = clock.now()
        Store(
            id=store_id,
            kind=StoreKind.STORE,
            name=name,
            closed_on=[],
            pickup=True,
            created_at=now,
            updated_at=now,
            **region,
            **names,
        ).save()
    stores.forget()


# ---- sold


def body_of(item: Any, fulfillment: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"lines": [shop.line(item, quantity)], "fulfillment": fulfillment, **more}


def test_a_voucher_is_made_shown_and_bought_without_address_and_freight(
    http: Client, cloud: Cloud, frozen: Any, drain: Any
) -> None:
    shopper = shop.shopper()
    item = shop.product(kind=ProductKind.VOUCHER, voucher=VoucherTerms(valid_days=30, times=2))
    page = http.get(f"/products/{item.id}").ok()
    assert (page["kind"], page["voucher"]["times"]) == ("voucher", 2)
    buyer = http.as_(shopper.token)
    body = body_of(item, "voucher", 2, contact=CONTACT, expected_payable_amount=10000)
    order = buyer.post("/orders", json=body, key="tap-0001").ok()
    assert (order["fulfillment"], order["freight_amount"], order["place"]) == ("voucher", 0, None)
    assert (order["receiver"]["name"], order["receiver"]["detail"]) == ("王小明", "")


@pytest.mark.parametrize("fulfillment", ["parcel", "pickup"])
def test_goods_and_vouchers_go_their_own_ways(
    http: Client, cloud: Cloud, frozen: Any, places: None, fulfillment: str
) -> None:
    shopper, quilt = shop.shopper(), shop.product()
    item = shop.product("spa", kind=ProductKind.VOUCHER, voucher=VoucherTerms(valid_days=30))
    buyer = http.as_(shopper.token)
    named = {"address_id": shopper.address_id, "store_id": NEAR, "contact": CONTACT, "expected_payable_amount": 5000}
    with cloud.unchanged():
        for body in (
            body_of(item, fulfillment, **named),
            body_of(quilt, "voucher", **named),
            {**body_of(quilt, "voucher", **named), "lines": [shop.line(quilt), shop.line(item)]},
        ):
            reply = buyer.post("/orders", json=body, key="tap-0001")
            assert (reply.status, reply.code) == (409, "fulfillment_unfit")


def test_what_can_not_be_sold_as_a_voucher(http: Client, cloud: Cloud, frozen: Any) -> None:
    shopper = shop.shopper()
    many = shop.product("many", stock=50, kind=ProductKind.VOUCHER, voucher=VoucherTerms(valid_days=30))
    over = shop.product("over", kind=ProductKind.VOUCHER, voucher=VoucherTerms(valid_until=clock.now()))
    buyer = http.as_(shopper.token)
    with cloud.unchanged():
        for item, quantity, code in ((many, 21, "too_many_vouchers"), (over, 1, "lines_invalid")):
            body = body_of(item, "voucher", quantity, contact=CONTACT, expected_payable_amount=5000 * quantity)
            assert buyer.post("/orders", json=body, key="tap-0001").code == code
        no_contact = body_of(many, "voucher", expected_payable_amount=5000)
        assert buyer.post("/orders", json=no_contact, key="tap-0001").status == 422


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "voucher"},
        {"kind": "goods", "voucher": {"valid_days": 3}},
        {"kind": "voucher", "voucher": {}},
        {"kind": "voucher", "voucher": {"valid_days": 3, "valid_until": "2027-01-01T00:00:00Z"}},
        {"kind": "voucher", "voucher": {"valid_days": 3, "times": 0}},
        {"kind": "voucher", "voucher": {"valid_days": 3, "store_ids": ["sto_nowhere"]}},
        {
            "kind": "voucher",
            "voucher": {"valid_from": "2027-02-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z"},
        },
    ],
)
def test_terms_that_make_no_sense(http: Client, cloud: Cloud, frozen: Any, change: dict[str, Any]) -> None:
    desk = http.as_(staff_token("catalog.read", "catalog.write"))
    body = fields(**change)
    with cloud.unchanged():
        assert desk.post("/admin/products", json=body).status == 422


def test_staff_make_a_voucher_and_change_its_terms(http: Client, cloud: Cloud, frozen: Any, places: None) -> None:
    desk = http.as_(staff_token("catalog.read", "catalog.write"))
    terms = {"valid_days": 30, "times": 3, "store_ids": [NEAR], "refund_expired": False}
    made = desk.post("/admin/products", json=fields(kind="voucher", voucher=terms)).ok()
    assert (made["kind"], made["voucher"]["times"], made["voucher"]["store_ids"]) == ("voucher", 3, [NEAR])
    body = {**fields(kind="voucher", voucher={**terms, "times": 5}), "version": made["version"]}
    changed = desk.put(f"/admin/products/{made['id']}", json=body).ok()
    assert (changed["voucher"]["times"], changed["version"]) == (5, made["version"] + 1)
    body = {**fields(kind="voucher", voucher={**terms, "times": 5}), "version": changed["version"]}
    with cloud.unchanged():
        assert desk.put(f"/admin/products/{made['id']}", json=body).ok()["version"] == changed["version"]


# ---- given and used


def test_each_piece_has_a_code_of_its_own(counter: Counter) -> None:
    order, found = vouchers(3)
    assert len({each.code for each in found}) == 3
    assert order.status is OrderStatus.PROCESSING
    mine = counter.till.http.as_(buyer_token()).get(f"/orders/{order.id}/entitlements").ok()["items"]
    assert [(each["kind"], each["store_name"], len(each["code"])) for each in mine] == [("voucher", "全部门店", 12)] * 3


def test_wechat_hears_at_once_of_what_is_virtual(counter: Counter) -> None:
    order = pickup(("sku_1", 1, 3000))
    order.fulfillment, order.place = Fulfillment.VOUCHER, None
    order.lines = [
        each.model_copy(update={"kind": ProductKind.VOUCHER, "voucher": VoucherTerms(valid_days=30)})
        for each in order.lines
    ]
    order.save()
    counter.till.pay(order)
    counter.till.deliver()
    counter.pass_time(minutes=10)
    told = counter.desk.told(order)
    assert told is not None
    assert (told.kind, told.mode, told.parcels) == (3, 1, [{"item_desc": "蚕丝被 sku_1*1"}])


def test_used_time_by_time_and_the_last_one_completes(counter: Counter, places: None) -> None:
    order, (first, second) = vouchers(times=2)
    staff = counter.staff(NEAR)
    for number in range(2):
        counter.verify(staff, first.code, key=f"till-{number:04d}").ok()
    assert counter.verify(staff, first.code, key="till-0009").code == "entitlement_used"
    counter.drain(redeliver=True)
    assert now_of(order).status is OrderStatus.PROCESSING
    counter.verify(staff, second.code, (0, 2), key="till-0003").ok()
    counter.drain(redeliver=True)
    assert now_of(order).status is OrderStatus.COMPLETED
    day = StoreDay.find(NEAR, "2026-11-24")
    assert day is not None
    assert (day.verification_count, day.piece_count, day.opened_count or 0) == (3, 4, 0)
    assert (day.voucher_count, day.handed_over_amount) == (4, 6000)


def test_thirds_of_a_voucher_sum_to_it(counter: Counter, places: None) -> None:
    _, (found,) = vouchers(1, times=7)
    for number in range(7):
        counter.verify(counter.staff(NEAR), found.code, key=f"till-{number:04d}").ok()
    amounts = [each.amount for each in Verification.query(found.id)]
    assert (sum(amounts), max(amounts) - min(amounts)) == (3000, 1)


def test_only_stores_that_take_it(counter: Counter, places: None, cloud: Cloud) -> None:
    _, (found,) = vouchers(1, store_ids=[NEAR])
    far, nowhere, both = counter.staff(FAR), counter.staff(), counter.staff(NEAR, FAR)
    with cloud.unchanged():
        assert counter.verify(far, found.code).json["details"] == {"store_name": "近店"}
        assert counter.verify(nowhere, found.code).code == "wrong_store"
    done = counter.verify(both, found.code).ok()
    assert done["verification"]["store_id"] == NEAR


def test_of_several_stores_one_is_named(counter: Counter, places: None, cloud: Cloud) -> None:
    _, (found,) = vouchers(1)
    both, body = counter.staff(NEAR, FAR), {"verification_code": found.code}
    with cloud.unchanged():
        assert both.post("/admin/verifications", json=body, key="till-0001").code == "store_unclear"
        foreign = both.post("/admin/verifications", json={**body, "store_id": "sto_x"}, key="till-0001")
        assert foreign.code == "wrong_store"
    named = both.post("/admin/verifications", json={**body, "store_id": FAR}, key="till-0001").ok()
    assert named["verification"]["store_id"] == FAR


def test_not_before_its_time(counter: Counter, places: None, cloud: Cloud) -> None:
    begins = clock.now() + timedelta(days=1)
    _, (found,) = vouchers(1, valid_days=None, valid_from=begins, valid_until=begins + timedelta(days=9))
    staff = counter.staff(NEAR)
    with cloud.unchanged():
        assert counter.verify(staff, found.code).code == "entitlement_not_yet"
    counter.clock.set(begins)
    assert counter.verify(counter.staff(NEAR), found.code).status == 201


@pytest.mark.dynoxide
def test_the_last_time_at_two_tills_counts_once(counter: Counter, places: None) -> None:
    _, (found,) = vouchers(1)

    def till(number: int) -> int:
        return counter.verify(counter.staff(NEAR), found.code, key=f"till-{number:04d}").status

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(till, range(4))).count(201) == 1
    assert len(service.history(found.id)) == 1


# ---- refunded, over


def test_a_refund_takes_the_last_unused_ones(counter: Counter, places: None, cloud: Cloud) -> None:
    order, found = vouchers(3, times=2)
    staff = counter.staff(NEAR)
    counter.verify(staff, found[2].code).ok()
    refund(order, {0: 1})
    with cloud.unchanged():  # before the reaction has come
        assert counter.verify(staff, found[1].code, key="till-0002").code == "entitlement_canceled"
    counter.drain(redeliver=True)
    statuses = [each.status for each in service.of_order(order.id)]
    assert statuses == [EntitlementStatus.OPEN, EntitlementStatus.CANCELED, EntitlementStatus.OPEN]
    assert counter.verify(staff, found[0].code, key="till-0003").status == 201
    refund(order, {0: 1})  # none is unused: nothing more is void
    counter.drain(redeliver=True)
    assert counter.verify(staff, found[0].code, key="till-0004").status == 201


def test_unused_ones_go_back_when_their_time_is_over(counter: Counter, places: None) -> None:
    order, found = vouchers(3, times=2)
    counter.verify(counter.staff(NEAR), found[0].code).ok()
    counter.pass_time(days=31)
    order = now_of(order)
    assert (order.status, order.refunded_units) == (OrderStatus.COMPLETED, {"0": 2})
    assert [each.amount for each in refunds(order)] == [6000]
    assert {each.status for each in service.of_order(order.id)} == {EntitlementStatus.EXPIRED}
    assert available("sku_1") == 102


def test_all_unused_the_order_is_called_off(counter: Counter) -> None:
    order, _ = vouchers(2)
    counter.pass_time(days=31)
    order = now_of(order)
    assert (order.status, order.cancel_reason) == (OrderStatus.CANCELED, "过期未用，自动退款")
    assert [each.amount for each in refunds(order)] == [6000]


def test_the_rule_not_to_refund(counter: Counter) -> None:
    order, _ = vouchers(2, refund_expired=False)
    counter.pass_time(days=31)
    assert (now_of(order).status, refunds(order)) == (OrderStatus.COMPLETED, [])


def test_deaths_while_they_end(counter: Counter, cloud: Cloud) -> None:
    import json

    from chalicelib.core import inbox

    made: list[Order] = []

    def begin() -> None:
        cloud.memory.clear()
        counter.till.partners.reset()
        order, found = vouchers(2)
        made[:] = [order]
        counter.clock.set(found[0].expires_at + timedelta(minutes=1))
        counter.desk.send_due()

    def act() -> None:
        for message in cloud.messages("fulfillment"):
            if message["subscriber"] == "trade.fulfillment.entitlements.close_entitlement":
                inbox.react(json.dumps(message))

    def check() -> None:
        counter.desk.sweep(minutes=4, redeliver=True)
        order = now_of(made[0])
        payment = Payment.get(order.payment_id, consistent_read=True)
        assert (order.status, payment.refunded_amount, len(refunds(order))) == (OrderStatus.CANCELED, 6000, 1)
        assert available("sku_1") == 102

    every_death(begin, act, check)
