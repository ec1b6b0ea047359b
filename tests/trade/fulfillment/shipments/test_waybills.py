"""A wrong waybill is mended: once for every tap, and never over a colleague's."""

from __future__ import annotations

import pytest

from chalicelib.core import clock
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments.models import Parcel, ParcelStatus, Trouble
from chalicelib.trade.orders.models import OrderStatus
from infra.local.faults import every_death
from tests.trade.fulfillment.factories import SF, ZTO, cancel_paid, now_of, parcels_of, staff_token, to_ship, waybill

pytestmark = pytest.mark.usefixtures("cloud", "frozen")


@pytest.fixture
def order():
    return to_ship()


def ship(desk, order, key="tap-0001", **body):
    return desk.post(f"/admin/orders/{order.number}/parcels", json=body, key=key).ok()


def mend(desk, order, parcel, version=1, **body):
    path = f"/admin/orders/{order.number}/parcels/{parcel['id']}/waybill"
    return desk.post(path, json={**body, "version": version})


def owners(cloud):
    return {each["id"]["S"]: each["order_number"]["S"] for each in cloud.items("waybills")}


def test_a_wrong_number_is_mended(desk, order, cloud, frozen, announced):
    parcel = ship(desk, order, **SF)
    del announced[:]
    frozen.move(minutes=5)
    mended = mend(desk, order, parcel, **ZTO).ok()
    assert (mended["carrier"], mended["tracking_number"], mended["version"]) == ("zto", ZTO["tracking_number"], 2)
    (stored,) = parcels_of(order)
    assert (stored.waybill, stored.corrected_at) == ("zto#78712345678901", frozen.at)
    assert owners(cloud) == {"zto#78712345678901": order.number}
    (told,) = announced
    assert (type(told).__name__, told.parcel_id, told.old_waybill) == (
        "WaybillCorrected",
        parcel["id"],
        "sf#SF1234567890123",
    )
    notes = [each["text"] for each in desk.get(f"/admin/orders/{order.number}").ok()["notes"]]
    assert notes[-1] == "改运单：sf SF1234567890123 → 中通快递 78712345678901"
    assert now_of(order).status is OrderStatus.SHIPPED


def test_what_the_courier_said_of_the_wrong_number_is_void(desk, order):
    parcel = ship(desk, order, **SF)
    stored = parcels_of(order)[0]
    stored.status, stored.status_at, stored.delivered_at = ParcelStatus.DELIVERED, clock.now(), clock.now()
    stored.last_text, stored.last_moved_at = "已签收", clock.now()
    stored.trouble, stored.trouble_at = Trouble.PROBLEM, clock.now()
    stored.save()
    mend(desk, order, parcel, **waybill(2)).ok()
    now = parcels_of(order)[0]
    assert now.status is ParcelStatus.CREATED
    assert [now.status_at, now.delivered_at, now.last_text, now.last_moved_at, now.trouble, now.trouble_at] == [
        None
    ] * 6


def test_the_same_again_changes_nothing(desk, order, cloud):
    parcel = ship(desk, order, **SF)
    mended = mend(desk, order, parcel, **ZTO).ok()
    with cloud.unchanged():
        assert mend(desk, order, parcel, **ZTO).ok() == mended
        assert mend(desk, order, parcel, version=2, **ZTO).ok() == mended


def test_twice(desk, order, cloud):
    parcel = ship(desk, order, **SF)
    mend(desk, order, parcel, **ZTO).ok()
    mend(desk, order, parcel, version=2, **SF).ok()
    assert owners(cloud) == {"sf#SF1234567890123": order.number}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**ZTO, "version": 2}, 409, "parcel_changed"),
        ({**ZTO, "version": 0}, 422, "invalid"),
        ({"carrier": "sf", "tracking_number": "78712345678901"}, 422, "tracking_number_invalid"),
        ({"carrier": "nobody", "tracking_number": "78712345678901"}, 422, "carrier_unknown"),
        ({"carrier": "sf"}, 422, "invalid"),
        ({"tracking_number": "78712345678901"}, 422, "invalid"),
    ],
)
def test_refused(desk, order, cloud, body, status, code):
    parcel = ship(desk, order, **SF)
    with cloud.unchanged():
        refused = desk.post(f"/admin/orders/{order.number}/parcels/{parcel['id']}/waybill", json={"version": 1, **body})
        assert (refused.status, refused.code) == (status, code)


def test_not_anothers_number_unless_staff_say_so(desk, order, cloud):
    ship(desk, order, **SF)
    other = to_ship()
    parcel = ship(desk, other, **waybill(7))
    with cloud.unchanged():
        refused = mend(desk, other, parcel, **SF)
        assert (refused.code, refused.json["details"]) == ("waybill_in_use", {"order_number": order.number})
    mend(desk, other, parcel, **SF, even_if_used=True).ok()
    assert owners(cloud) == {"sf#SF1234567890123": order.number}
    mend(desk, other, parcel, version=2, **waybill(8)).ok()
    assert owners(cloud)["sf#SF1234567890123"] == order.number, "it was never the other's to give free"


def test_a_number_that_another_parcel_has_stays_the_orders(desk, order, cloud):
    first = ship(desk, order, "tap-0001", **SF, lines=[{"sku_id": "sku_2", "quantity": 1}])
    ship(desk, order, "tap-0002", **SF)
    mend(desk, order, first, **ZTO).ok()
    assert owners(cloud) == {"sf#SF1234567890123": order.number, "zto#78712345678901": order.number}


def test_without_a_courier_there_is_nothing_to_mend(desk, order, cloud):
    parcel = ship(desk, order, delivery="same_city")
    with cloud.unchanged():
        assert mend(desk, order, parcel, **SF).code == "no_waybill"


def test_another_orders_parcel_is_not_found(desk, order, cloud):
    parcel, other = ship(desk, order, **SF), to_ship()
    with cloud.unchanged():
        assert mend(desk, other, parcel, **ZTO).code == "parcel_not_found"


def test_an_order_that_is_over(desk, order, cloud):
    parcel = ship(desk, order, **SF, lines=[{"sku_id": "sku_1", "quantity": 1}])
    cancel_paid(now_of(order))
    with cloud.unchanged():
        assert mend(desk, order, parcel, **ZTO).code == "too_late_to_correct"


def test_who_may(http, desk, order, cloud):
    parcel, reader = ship(desk, order, **SF), http.as_(staff_token("shipping.read"))
    with cloud.unchanged():
        assert mend(reader, order, parcel, **ZTO).status == 403


def test_death_at_every_step(cloud, sweep, http):
    world = {}

    def prepare():
        cloud.memory.clear()
        carriers.forget()
        world["order"] = to_ship()
        world["desk"] = http.as_(staff_token("shipping.write"))
        world["parcel"] = ship(world["desk"], world["order"], **SF)

    def act():
        mend(world["desk"], world["order"], world["parcel"], **ZTO).ok()

    def check():
        sweep(redeliver=True)
        act()
        sweep(redeliver=True)
        (parcel,) = parcels_of(world["order"])
        assert (parcel.waybill, parcel.version) == ("zto#78712345678901", 2)
        assert owners(cloud) == {"zto#78712345678901": world["order"].number}
        assert cloud.dead_letters() == []

    every_death(prepare, act, check)


def test_found_by_its_waybill(desk, order):
    ship(desk, order, **SF)
    (key,) = Parcel.by_waybill.query("sf#SF1234567890123")
    assert key.order_id == order.id
