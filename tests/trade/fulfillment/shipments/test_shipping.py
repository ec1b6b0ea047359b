"""Parcels leave: wholly, in parts, with a courier or without; and every way to be refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.core.tables import time_text
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.shipments import service
from chalicelib.trade.fulfillment.shipments.handover.schemas import Handover, Pieces
from chalicelib.trade.fulfillment.shipments.handover.service import Leaving, hand_over
from chalicelib.trade.fulfillment.shipments.models import (
    ParcelStatus,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    origin_status,
)
from chalicelib.trade.orders.errors import OrderChanged
from chalicelib.trade.orders.models import Order, OrderStatus
from infra.local.faults import every_death, lost_answer
from tests.trade.fulfillment.factories import (
    SF,
    ZTO,
    buyer_token,
    cancel_paid,
    now_of,
    paid,
    parcels_of,
    shipment_of,
    staff_token,
    to_ship,
    waybill,
)

pytestmark = pytest.mark.usefixtures("cloud", "frozen")


@pytest.fixture
def order():
    return to_ship()


def parcels(order):
    return f"/admin/orders/{order.number}/parcels"


def ship(desk, order, key="tap-0001", **body):
    return desk.post(parcels(order), json=body, key=key)


def test_everything_in_one_parcel(desk, http, order, frozen):
    parcel = ship(desk, order, carrier="sf", tracking_number=" sf1234567890123 ").ok()
    assert (parcel["carrier_name"], parcel["tracking_number"], parcel["status"]) == (
        "顺丰速运",
        "SF1234567890123",
        "created",
    )
    assert [(each["sku_id"], each["quantity"]) for each in parcel["lines"]] == [("sku_1", 2), ("sku_2", 1)]

    stored = now_of(order)
    assert (stored.status, stored.shipped_at) == (OrderStatus.SHIPPED, frozen.at)
    assert stored.complete_by == frozen.at + timedelta(days=settings().auto_complete_days)
    assert stored.status_day.startswith("shipped#")
    shipment = shipment_of(order)
    assert (shipment.status, shipment.left, shipment.shipped_at) == (ShipmentStatus.SHIPPED, 0, frozen.at)
    assert (shipment.origin_status, shipment.open_origin) == ("default#shipped", None)

    seen = http.as_(buyer_token()).get(f"/orders/{order.id}/parcels").ok()
    assert [line["shipped_quantity"] for line in seen["lines"]] == [2, 1]
    assert [(each["carrier_name"], each["tracking_number"]) for each in seen["parcels"]] == [
        ("顺丰速运", "SF1234567890123")
    ]
    assert "shipped" in [step["kind"] for step in http.as_(buyer_token()).get(f"/orders/{order.id}").ok()["timeline"]]
    notes = desk.get(f"/admin/orders/{order.number}").ok()["notes"]
    assert [(note["actor"], note["text"]) for note in notes] == [("小林", "发货 3 件：sf SF1234567890123")]


def test_in_parts_and_several_parcels(desk, http, order):
    first = ship(desk, order, "tap-0001", **waybill(1), lines=[{"sku_id": "sku_1", "quantity": 1}]).ok()
    assert [(each["line"], each["quantity"]) for each in first["lines"]] == [(0, 1)]
    shipment = shipment_of(order)
    assert (shipment.status, shipment.left, shipment.version) == (ShipmentStatus.PARTLY_SHIPPED, 2, 2)
    assert now_of(order).status is OrderStatus.PROCESSING
    seen = http.as_(buyer_token()).get(f"/orders/{order.id}/parcels").ok()
    assert [line["shipped_quantity"] for line in seen["lines"]] == [1, 0]

    ship(desk, order, "tap-0002", **waybill(2), lines=[{"sku_id": "sku_2", "quantity": 1}]).ok()
    assert now_of(order).status is OrderStatus.PROCESSING
    last = ship(desk, order, "tap-0003", **ZTO).ok()
    assert [(each["sku_id"], each["quantity"]) for each in last["lines"]] == [("sku_1", 1)]
    assert now_of(order).status is OrderStatus.SHIPPED
    shown = desk.get(parcels(order)).ok()
    assert [each["tracking_number"] for each in shown["parcels"]] == [
        waybill(1)["tracking_number"],
        waybill(2)["tracking_number"],
        "78712345678901",
    ]
    assert (shown["shipments"][0]["status"], shown["shipments"][0]["parcel_count"]) == ("shipped", 3)


def test_pieces_of_a_sku_are_alike_whichever_line_they_were_bought_in(desk):
    order = to_ship(lines=(("sku_1", 2), ("sku_2", 1), ("sku_1", 2)))
    parcel = ship(desk, order, **SF, lines=[{"sku_id": "sku_1", "quantity": 3}]).ok()
    assert [(each["line"], each["quantity"]) for each in parcel["lines"]] == [(0, 2), (2, 1)]
    assert [line.left for line in shipment_of(order).lines] == [0, 1, 1]


def test_the_same_key_makes_the_same_parcel(desk, order, cloud):
    first = ship(desk, order, **SF).ok()
    with cloud.unchanged():
        assert ship(desk, order, **SF).ok() == first
        reused = ship(desk, order, **ZTO)
        assert (reused.status, reused.code) == (409, "idempotency_key_reused")
        assert ship(desk, order, "tap-0002", **SF).code == "not_to_ship"


def test_a_key_is_one_persons_and_one_orders(desk, http, order):
    other = to_ship()
    ship(desk, order, **waybill(1)).ok()
    ship(desk, other, **waybill(2)).ok()
    assert len(parcels_of(order)) == len(parcels_of(other)) == 1


def test_a_lost_answer_is_asked_again(desk, order):
    with lost_answer("TransactWriteItems"):
        ship(desk, order, **SF)
    ship(desk, order, **SF).ok()
    assert len(parcels_of(order)) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (SF, ["OrderShipped", "ParcelShipped"]),
        ({**SF, "lines": [{"sku_id": "sku_1", "quantity": 1}]}, ["ParcelShipped"]),
        ({"delivery": "same_city"}, ["OrderShipped", "ParcelShipped"]),
        ({"delivery": "virtual"}, ["OrderShipped", "ParcelShipped", "ParcelDelivered"]),
    ],
)
def test_what_is_announced(desk, order, announced, body, said):
    parcel = ship(desk, order, **body).ok()
    assert [type(each).__name__ for each in announced] == said
    told = announced[-1]
    assert (told.member_id, told.order_id, told.parcel_id) == (order.member_id, order.id, parcel["id"])


@pytest.mark.parametrize("kind", ["same_city", "virtual"])
def test_without_a_courier(desk, order, kind, drain):
    parcel = ship(desk, order, delivery=kind).ok()
    assert (parcel["carrier"], parcel["carrier_name"], parcel["tracking_number"]) == (None, None, None)
    assert parcel["status"] == ("delivered" if kind == "virtual" else "created")
    assert now_of(order).status is OrderStatus.SHIPPED
    drain()
    (stored,) = parcels_of(order)
    assert stored.waybill is None
    assert (stored.delivered_at is None) == (kind == "same_city")


def test_same_city_is_delivered_when_staff_say_so(desk, order, frozen, cloud):
    parcel = ship(desk, order, delivery="same_city").ok()
    frozen.move(hours=2)
    told = desk.post(f"{parcels(order)}/{parcel['id']}/delivered").ok()
    assert (told["status"], parcels_of(order)[0].delivered_at) == ("delivered", frozen.at)
    with cloud.unchanged():
        assert desk.post(f"{parcels(order)}/{parcel['id']}/delivered").ok() == told


def test_a_courier_parcel_is_delivered_by_the_couriers_word(desk, order, cloud):
    parcel = ship(desk, order, **SF).ok()
    with cloud.unchanged():
        assert desk.post(f"{parcels(order)}/{parcel['id']}/delivered").code == "with_courier"
        assert desk.post(f"{parcels(order)}/pcl_none/delivered").code == "parcel_not_found"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"carrier": "sf"}, 422, "invalid"),
        ({"tracking_number": "SF1234567890123"}, 422, "invalid"),
        ({"delivery": "pickup"}, 422, "invalid"),
        ({"delivery": "virtual", **SF}, 422, "invalid"),
        ({"delivery": "same_city", "tracking_number": "SF1234567890123"}, 422, "invalid"),
        ({**SF, "carrier": "nobody"}, 422, "carrier_unknown"),
        ({**SF, "carrier": "yto"}, 422, "tracking_number_invalid"),
        ({**SF, "tracking_number": "SF12345\n"}, 422, "tracking_number_invalid"),
        ({**SF, "lines": []}, 422, "invalid"),
        ({**SF, "lines": [{"sku_id": "sku_1", "quantity": 0}]}, 422, "invalid"),
        ({**SF, "lines": [{"sku_id": "sku_1", "quantity": -1}]}, 422, "invalid"),
        ({**SF, "lines": [{"sku_id": "sku_1", "quantity": 1.5}]}, 422, "invalid"),
        ({**SF, "lines": [{"sku_id": "sku_1", "quantity": 1}] * 2}, 422, "invalid"),
        ({**SF, "lines": [{"sku_id": "sku_9", "quantity": 1}]}, 422, "sku_not_in_shipment"),
        ({**SF, "lines": [{"sku_id": "sku_1", "quantity": 3}]}, 409, "too_many_pieces"),
        ({**SF, "shipment_id": "shp_other"}, 404, "shipment_not_found"),
        ({**SF, "version": 2}, 409, "shipment_changed"),
        ({**SF, "order_version": 2}, 409, "order_changed"),
        ({**SF, "surprise": 1}, 422, "invalid"),
    ],
)
def test_refused_and_nothing_written(desk, order, cloud, body, status, code):
    with cloud.unchanged():
        refused = ship(desk, order, **body)
        assert (refused.status, refused.code) == (status, code)
    ship(desk, order, **SF).ok()


def test_too_many_pieces_says_how_many_are_left(desk, order):
    ship(desk, order, "tap-0001", **waybill(1), lines=[{"sku_id": "sku_1", "quantity": 1}]).ok()
    refused = ship(desk, order, "tap-0002", **waybill(2), lines=[{"sku_id": "sku_1", "quantity": 2}])
    assert refused.json["details"] == {"sku_id": "sku_1", "left": 1}


def test_what_is_not_to_ship(desk, cloud, http):
    order = paid()  # nobody planned it yet
    with cloud.unchanged():
        refused = ship(desk, order, **SF)
        assert (refused.code, refused.json["details"]) == ("not_to_ship", {"order_status": "paid"})
        assert desk.post("/admin/orders/1/parcels", json=SF, key="tap-0001").code == "order_not_found"
        assert desk.post(parcels(order), json=SF).status == 422  # without a key
        assert http.post(parcels(order), json=SF, key="tap-0001").status == 401


def test_who_may(http, order, cloud):
    reader, buyer = http.as_(staff_token("shipping.read")), http.as_(buyer_token())
    reader.get(parcels(order)).ok()
    with cloud.unchanged():
        assert ship(reader, order, **SF).status == 403
        assert ship(buyer, order, **SF).status == 401
        assert reader.post(f"{parcels(order)}/pcl_1/delivered").status == 403


def test_anothers_order_is_not_found(http, desk, order):
    ship(desk, order, **SF).ok()
    stranger = http.as_(buyer_token("mem_two", "o-two"))
    assert stranger.get(f"/orders/{order.id}/parcels").code == "order_not_found"
    assert http.get(f"/orders/{order.id}/parcels").status == 401


def test_a_waybill_is_one_orders(desk, order, cloud):
    ship(desk, order, **SF).ok()
    other = to_ship()
    with cloud.unchanged():
        refused = ship(desk, other, **SF)
        assert (refused.status, refused.code) == (409, "waybill_in_use")
        assert refused.json["details"] == {"order_number": order.number}
    ship(desk, other, **SF, even_if_used=True).ok()
    assert [each["order_id"]["S"] for each in cloud.items("waybills")] == [order.id]
    third = to_ship()
    assert ship(desk, third, **SF).json["details"] == {"order_number": order.number}, "it stays the first one's"


def test_one_order_may_use_its_waybill_twice(desk, order):
    ship(desk, order, "tap-0001", **SF, lines=[{"sku_id": "sku_2", "quantity": 1}]).ok()
    ship(desk, order, "tap-0002", **SF).ok()
    assert len(parcels_of(order)) == 2


def test_a_label_for_an_old_address_is_refused(desk, order, cloud):
    box = desk.get("/admin/picking-list").ok()["orders"][0]
    edit = {"name": "王小明", "phone": "13900000000", "region_code": "330106", "detail": "文三路 1 号", "version": 1}
    desk.post(f"/admin/orders/{order.number}/receiver", json=edit).ok()
    seen = {"version": box["version"], "order_version": box["order_version"]}
    with cloud.unchanged():
        assert ship(desk, order, **SF, **seen).code == "order_changed"
    box = desk.get("/admin/picking-list").ok()["orders"][0]
    assert (box["receiver"]["phone"], box["receiver"]["city"]) == ("13900000000", "杭州市")
    ship(desk, order, **SF, version=box["version"], order_version=box["order_version"]).ok()


@pytest.mark.parametrize("pieces", [None, [Pieces(sku_id="sku_1", quantity=1)]])
@pytest.mark.parametrize("change", ["canceled", "edited"])
def test_an_order_that_changes_between_reading_and_writing(cloud, order, pieces, change):
    """A part asks for it by a check, the last piece by the order's own step."""
    shipment, others = service.open_shipment(order)
    how = Handover(**SF, lines=pieces)
    leaving = Leaving(order, shipment, others, "pcl_1", how, "小林", as_read=change == "edited")
    if change == "canceled":
        cancel_paid(order)
    else:
        Order(member_id=order.member_id, id=order.id).update([Order.version.add(1)])
    with cloud.unchanged(), pytest.raises(OrderChanged), Transaction() as tx:
        hand_over(tx, leaving)


def two_shipments(order):
    """As two origins would leave it: each sends one line."""
    first = shipment_of(order)
    lines = first.lines
    with Transaction() as tx:
        tx.update(Shipment(order_id=order.id, id=first.id), [Shipment.lines.set(lines[:1])])
    second = Shipment(
        order_id=order.id,
        id="shp_second",
        member_id=order.member_id,
        order_number=order.number,
        origin_id="north",
        status=ShipmentStatus.PLANNED,
        origin_status=origin_status("north", ShipmentStatus.PLANNED),
        open_origin="north",
        lines=[ShipmentLine(**lines[1].model_dump())],
        planned_at=first.planned_at,
        ship_by=first.ship_by,
    )
    second.save()
    return first.id, second.id


def test_an_order_is_shipped_with_the_last_piece_of_its_last_shipment(desk, order, cloud):
    first, second = two_shipments(order)
    with cloud.unchanged():
        assert ship(desk, order, **SF).code == "shipment_unclear"
    ship(desk, order, "tap-0001", **waybill(1), shipment_id=first).ok()
    assert now_of(order).status is OrderStatus.PROCESSING
    with cloud.unchanged():
        assert ship(desk, order, "tap-0002", **waybill(2), shipment_id=first).code == "nothing_to_ship"
    ship(desk, order, "tap-0003", **waybill(3)).ok()
    assert now_of(order).status is OrderStatus.SHIPPED
    assert {each.status for each in service.of_order(order.id)} == {ShipmentStatus.SHIPPED}
    assert [
        each["order_number"]
        for each in desk.get("/admin/shipments", query={"origin_id": "north", "status": "shipped"}).ok()["items"]
    ] == [order.number]
    assert second == "shp_second"


@pytest.mark.dynoxide
def test_two_shipments_at_once_ship_the_order(desk, order):
    """Without the check on the other shipment, both could leave and the order stay behind for ever."""
    first, second = two_shipments(order)

    def send(shipment_id):
        for attempt in range(10):
            reply = ship(
                desk,
                order,
                f"tap-{shipment_id}-{attempt}",
                **waybill(hash(shipment_id) % 10**9),
                shipment_id=shipment_id,
            )
            if reply.status == 201:
                return
            assert reply.code in ("shipment_changed", "order_changed", "too_busy"), reply.text

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(send, [first, second]))
    assert now_of(order).status is OrderStatus.SHIPPED
    assert len(parcels_of(order)) == 2


@pytest.mark.dynoxide
def test_two_staff_at_once_ship_it_once(desk, order):
    def send(number):
        return ship(desk, order, f"tap-{number:04d}", **waybill(number))

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(send, range(8)))
    assert (
        sorted(
            {reply.code for reply in replies if reply.status != 201}
            - {"not_to_ship", "nothing_to_ship", "shipment_changed", "order_changed", "too_busy"}
        )
        == []
    )
    assert [reply.status for reply in replies].count(201) == 1
    assert len(parcels_of(order)) == 1
    assert [line.shipped_quantity for line in shipment_of(order).lines] == [2, 1]


@pytest.mark.dynoxide
def test_parts_shipped_at_once_never_exceed_what_was_bought(desk):
    order = to_ship(lines=(("sku_1", 3),))

    def send(number):
        return ship(
            desk, order, f"tap-{number:04d}", **waybill(number), lines=[{"sku_id": "sku_1", "quantity": 1}]
        ).status

    with ThreadPoolExecutor(4) as pool:
        shipped = list(pool.map(send, range(12))).count(201)
    assert shipped == len(parcels_of(order)) == shipment_of(order).lines[0].shipped_quantity
    assert 1 <= shipped <= 3


@pytest.mark.dynoxide
def test_one_number_for_two_orders_at_once(desk):
    both = [to_ship(), to_ship()]
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda order: ship(desk, order, **SF), both))
    lost = [reply.code for reply in replies if reply.status != 201]
    assert lost in (["waybill_in_use"], ["too_busy"])


@pytest.mark.parametrize("part", [False, True])
def test_death_at_every_step(cloud, sweep, http, part):
    world = {}

    def prepare():
        cloud.memory.clear()
        from chalicelib.trade.fulfillment.carriers import service as carriers

        carriers.forget()
        world["order"] = to_ship()
        world["desk"] = http.as_(staff_token("shipping.write"))

    def act():
        lines = {"lines": [{"sku_id": "sku_1", "quantity": 1}]} if part else {}
        ship(world["desk"], world["order"], **SF, **lines).ok()

    def check():
        sweep(redeliver=True)
        act()  # staff saw no answer, and tap again
        sweep(redeliver=True)
        order = world["order"]
        (parcel,) = parcels_of(order)
        assert parcel.status is ParcelStatus.CREATED
        assert shipment_of(order).left == (2 if part else 0)
        assert now_of(order).status is (OrderStatus.PROCESSING if part else OrderStatus.SHIPPED)
        assert len(cloud.items("waybills")) == 1
        left = [each["due_at"]["S"] for each in cloud.items("outbox")]
        assert all(due > time_text(clock.now()) for due in left), "only deadlines wait"
        assert cloud.dead_letters() == []

    steps = every_death(prepare, act, check)
    assert "dynamodb TransactWriteItems" in steps


def test_shipping_is_in_the_operation_log(desk, order, cloud):
    ship(desk, order, **SF).ok()
    (row,) = cloud.items("operations")
    assert (row["target"]["S"], row["staff_name"]["S"]) == (order.number, "小林")
