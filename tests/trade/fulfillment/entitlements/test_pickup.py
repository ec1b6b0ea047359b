"""An order is fetched: placed for a store, a code, the counter, the end."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.events import Event
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.events import EntitlementDue, EntitlementOpened, EntitlementVerified
from chalicelib.trade.fulfillment.entitlements.models import EntitlementCode, EntitlementStatus, StoreDay, Verification
from chalicelib.trade.fulfillment.reporting.models import ReportStatus
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.orders.events import OrderCompleted
from chalicelib.trade.orders.models import OrderStatus
from tests.harness import Client, Cloud
from tests.mall.catalog.factories import staff_token
from tests.mall.stores.factories import store
from tests.trade import factories as shop
from tests.trade.fulfillment.entitlements.conftest import Counter
from tests.trade.fulfillment.entitlements.factories import FAR, NEAR, pickup
from tests.trade.payments.factories import buyer_token, now_of, pay_free

CONTACT = {"name": "王小明", "phone": "13800001234"}


@pytest.fixture
def shopper(cloud: Cloud, frozen: Any) -> shop.Shopper:
    return shop.shopper()


@pytest.fixture
def place_of(http: Client, frozen: Any) -> Any:
    desk = http.as_(staff_token("stores.read", "stores.write"))

    def make(name: str = "徐家汇店", **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = desk.post("/admin/stores", json=store(name, **{"pickup": True, **more})).ok()
        return made

    return make


def asked(shopper: shop.Shopper, item: Any, store_id: str | None, payable: int = 5000, **more: Any) -> dict[str, Any]:
    body = {"lines": [shop.line(item)], "fulfillment": "pickup", "store_id": store_id, "contact": CONTACT}
    return {**body, "expected_payable_amount": payable, **more}


def test_an_order_for_a_store_has_no_freight_and_keeps_the_store_as_it_was(
    http: Client, shopper: shop.Shopper, place_of: Any
) -> None:
    near, quilt, buyer = place_of(), shop.product(), http.as_(shopper.token)
    preview = {"lines": [shop.line(quilt)], "fulfillment": "pickup"}
    assert buyer.post("/checkout/preview", json=preview).ok()["freight_amount"] == 0
    order = buyer.post("/orders", json=asked(shopper, quilt, near["id"]), key="tap-0001").ok()
    assert (order["fulfillment"], order["payable_amount"], order["adjustments"]) == ("pickup", 5000, [])
    assert order["place"] == {
        "store_id": near["id"],
        "name": "徐家汇店",
        "phone": "021-62000000",
        "latitude": 31_192_000,
        "longitude": 121_437_000,
    }
    receiver = order["receiver"]
    assert (receiver["name"], receiver["phone"], receiver["detail"]) == ("王小明", "13800001234", "漕溪北路 1 号")
    assert shop.available(quilt) == 9


@pytest.mark.parametrize("change", [{"pickup": False}, {"active": False, "pickup": True}])
def test_a_store_that_hands_out_nothing_is_refused(
    http: Client, shopper: shop.Shopper, place_of: Any, cloud: Cloud, change: dict[str, Any]
) -> None:
    off, quilt, buyer = place_of(**change), shop.product(), http.as_(shopper.token)
    with cloud.unchanged():
        for store_id in (off["id"], "sto_nowhere"):
            body = asked(shopper, quilt, store_id)
            assert buyer.post("/orders", json=body, key="tap-0001").code == "store_not_for_pickup"
            del body["expected_payable_amount"]
            assert buyer.post("/checkout/preview", json=body).code == "store_not_for_pickup"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"store_id": None}, "store_id"),
        ({"contact": None}, "contact"),
        ({"contact": {"name": "王小明"}}, "contact.phone"),
        ({"contact": {**CONTACT, "phone": "1"}}, "contact.phone"),
        ({"fulfillment": "parcel"}, "address_id"),
        ({"fulfillment": "drone"}, "fulfillment"),
    ],
)
def test_what_is_not_said_is_named(
    http: Client, shopper: shop.Shopper, place_of: Any, cloud: Cloud, change: dict[str, Any], field: str
) -> None:
    near, quilt = place_of(), shop.product()
    with cloud.unchanged():
        body = {**asked(shopper, quilt, near["id"]), **change}
        reply = http.as_(shopper.token).post("/orders", json=body, key="tap-0001")
    assert (reply.status, reply.json["details"]["errors"][0]["field"]) == (422, field)


def test_the_receiver_of_a_pickup_is_not_edited(http: Client, counter: Counter, cloud: Cloud) -> None:
    order, _ = counter.ready()
    desk = http.as_(staff_token("orders.write"))
    edit = {"name": "甲", "phone": "13800138000", "region_code": "330106", "detail": "某路 1 号", "version": 1}
    with cloud.unchanged():
        assert desk.post(f"/admin/orders/{order.number}/receiver", json=edit).code == "order_not_editable"


def test_a_ready_order_waits_under_a_code_and_no_parcel_is_planned(counter: Counter, announced: list[Event]) -> None:
    order, found = counter.ready()
    assert (order.status, found.status) == (OrderStatus.PROCESSING, EntitlementStatus.OPEN)
    assert (len(found.code), found.code.isdigit()) == (12, True)
    assert shipments.of_order(order.id) == []
    mine = counter.till.http.as_(buyer_token()).get(f"/orders/{order.id}/entitlements").ok()["items"]
    assert [(each["code"], each["qr_content"]) for each in mine] == [(found.code, f"siyu-verify:{found.code}")]
    assert [(line["quantity"], line["left"]) for line in mine[0]["lines"]] == [(2, 2), (1, 1)]
    (card,) = counter.till.http.as_(buyer_token()).get("/me/entitlements").ok()["items"]
    assert (card["id"], "code" in card) == (found.id, False)
    assert [type(each) for each in announced].count(EntitlementOpened) == 1


def test_another_buyer_does_not_find_the_code(counter: Counter) -> None:
    order, _ = counter.ready()
    stranger = counter.till.http.as_(buyer_token("mem_two", "o-two"))
    assert stranger.get(f"/orders/{order.id}/entitlements").code == "order_not_found"
    assert stranger.get("/me/entitlements").ok()["items"] == []


def test_a_code_that_was_drawn_before_is_drawn_anew(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    EntitlementCode(code="000000000001", order_id="ord_x", entitlement_id="ent_x").save()
    drawn = iter(["000000000001", "000000000002"])
    monkeypatch.setattr(service, "new_code", lambda: next(drawn))
    order = pickup()
    counter.till.pay(order)
    counter.till.deliver()
    counter.drain(redeliver=True)
    assert counter.of(order).code == "000000000002"


def test_codes_are_not_guessed_from_each_other() -> None:
    codes = {service.new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {12}
    assert all({code[place] for code in codes} == set("0123456789") for place in range(12))


def test_fetched_at_once_it_is_complete_and_wechat_knows(counter: Counter, announced: list[Event]) -> None:
    order, found = counter.ready()
    counter.pass_time(hours=30)
    assert counter.desk.uploads() == 0
    done = counter.verify(counter.staff(NEAR), found.code).ok()
    assert [(line["line"], line["quantity"]) for line in done["verification"]["lines"]] == [(0, 2), (1, 1)]
    counter.pass_time(minutes=10)
    order = now_of(order)
    assert order.status is OrderStatus.COMPLETED
    assert [each.by for each in announced if isinstance(each, OrderCompleted)] == ["handover"]
    told = counter.desk.told(order)
    assert told is not None
    assert (told.kind, told.mode) == (4, 1)
    assert told.parcels == [{"item_desc": "蚕丝被 sku_1*2；蚕丝被 sku_2*1"}]
    assert counter.desk.report(order).status is ReportStatus.DONE
    timeline = counter.till.http.as_(buyer_token()).get(f"/orders/{order.id}").ok()["timeline"]
    assert [step["kind"] for step in timeline] == ["placed", "paid", "processing", "shipped", "completed"]
    (mine,) = counter.till.http.as_(buyer_token()).get(f"/orders/{order.id}/entitlements").ok()["items"]
    assert (mine["status"], mine["code"], len(mine["history"])) == ("used", None, 1)


def test_what_still_waits_is_told_in_the_last_hour_and_the_rest_costs_no_correction(counter: Counter) -> None:
    order, found = counter.ready()
    counter.pass_time(hours=46)
    assert counter.desk.uploads() == 0
    counter.pass_time(hours=1.1)
    assert (counter.desk.uploads(), counter.desk.report(order).status) == (1, ReportStatus.DONE)
    counter.verify(counter.staff(NEAR), found.code, (0, 1)).ok()
    counter.verify(counter.staff(NEAR), found.code, key="till-0002").ok()
    counter.pass_time(hours=2)
    report = counter.desk.report(order)
    assert (counter.desk.uploads(), report.status, report.correction_used) == (1, ReportStatus.DONE, False)


def test_the_buyer_is_reminded_and_told(counter: Counter, announced: list[Event]) -> None:
    _, found = counter.ready()
    counter.pass_time(days=5, minutes=2)
    assert [each.expires_at for each in announced if isinstance(each, EntitlementDue)] == [found.expires_at]
    counter.verify(counter.staff(NEAR), found.code).ok()
    assert [each.pieces for each in announced if isinstance(each, EntitlementVerified)] == [3]


def test_nobody_is_reminded_of_what_was_fetched(counter: Counter, staff: Client, announced: list[Event]) -> None:
    _, found = counter.ready()
    counter.verify(staff, found.code).ok()
    counter.pass_time(days=8)
    assert not any(isinstance(each, EntitlementDue) for each in announced)


def test_the_days_of_a_store(counter: Counter, staff: Client) -> None:
    _, found = counter.ready()
    counter.verify(staff, found.code, (0, 1)).ok()
    counter.verify(staff, found.code, key="till-0002").ok()
    counter.drain(twice=True)
    day = StoreDay.find(NEAR, "2026-11-24")
    assert day is not None
    assert (day.opened_count, day.verification_count, day.piece_count) == (1, 2, 3)
    asked_for = {"from_day": "2026-11-23", "to_day": "2026-11-24"}
    items = staff.get(f"/admin/stores/{NEAR}/days", query=asked_for).ok()["items"]
    assert [each["piece_count"] for each in items] == [0, 3]
    assert [each["handed_over_amount"] for each in items] == [0, 9900], "parts sum to what was paid"
    assert items[1]["voucher_count"] == 0
    made = Verification.query(found.id)
    assert [each.amount for each in made] == [3000, 6900]
    assert staff.get(f"/admin/stores/{FAR}/days", query=asked_for).code == "not_your_store"
    assert staff.get(f"/admin/stores/{NEAR}/days", query={**asked_for, "to_day": "2027-11-24"}).status == 422


def test_the_stores_of_a_day_side_by_side(counter: Counter, place_of: Any) -> None:
    here, there, shut = (place_of(each, active=each != "三店")["id"] for each in ("一店", "二店", "三店"))
    StoreDay(store_id=there, day="2026-11-24", verification_count=2, handed_over_amount=9900).save()
    owner = counter.staff(permissions=("pickup.read", "stores.everywhere"))
    mine = counter.staff(there, permissions=("pickup.read",))
    items = owner.get("/admin/store-days").ok()["items"]
    assert {each["store_id"] for each in items} == {here, there, shut}
    assert sum(each["handed_over_amount"] for each in items) == 9900
    first = owner.get("/admin/store-days", query={"limit": 2, "day": "2026-11-24"}).ok()
    rest = owner.get("/admin/store-days", query={"limit": 2, "day": "2026-11-24", "cursor": first["cursor"]}).ok()
    assert [each["store_id"] for each in [*first["items"], *rest["items"]]] == [each["store_id"] for each in items]
    assert rest["cursor"] is None
    (only,) = mine.get("/admin/store-days", query={"day": "2026-11-24"}).ok()["items"]
    assert (only["store_id"], only["store_name"], only["verification_count"]) == (there, "二店", 2)
    assert counter.staff(there, permissions=("pickup.verify",)).get("/admin/store-days").code == "forbidden"


def test_what_cost_nothing_is_fetched_too(counter: Counter, staff: Client) -> None:
    order = pickup(("sku_1", 1, 0))
    pay_free(order)
    counter.drain()
    counter.verify(staff, counter.of(order).code).ok()
    counter.drain()
    assert now_of(order).status is OrderStatus.COMPLETED
