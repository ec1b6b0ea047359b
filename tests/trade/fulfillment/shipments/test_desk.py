"""What staff look through: what is due, what is late, what to pick and pack."""

from __future__ import annotations

import csv
import io

import pytest

from chalicelib.trade.fulfillment.shipments.picking import service as picking
from chalicelib.trade.orders.models import Order
from infra.local.faults import stale_indexes
from tests.mall.stores.factories import store, warehouse
from tests.trade import factories as shop
from tests.trade.fulfillment.factories import SF, now_of, shipment_of, staff_token, to_ship, waybill

pytestmark = pytest.mark.usefixtures("cloud", "frozen")


def numbers(reply):
    return [each["order_number"] for each in reply.ok()["items"]]


def ship(desk, order, key="tap-0001", **body):
    return desk.post(f"/admin/orders/{order.number}/parcels", json=body, key=key).ok()


def test_by_status_and_what_is_due(desk, frozen):
    first = to_ship()
    frozen.move(minutes=5)
    second = to_ship()
    frozen.move(minutes=5)
    third = to_ship()
    ship(desk, first, **waybill(1), lines=[{"sku_id": "sku_1", "quantity": 1}])
    ship(desk, third, **waybill(2))
    assert numbers(desk.get("/admin/shipments")) == [first.number, second.number]
    assert numbers(desk.get("/admin/shipments", query={"status": "planned"})) == [second.number]
    assert numbers(desk.get("/admin/shipments", query={"status": "partly_shipped"})) == [first.number]
    assert numbers(desk.get("/admin/shipments", query={"status": "shipped"})) == [third.number]
    assert numbers(desk.get("/admin/shipments", query={"origin_id": "elsewhere"})) == []
    (shown,) = desk.get("/admin/shipments", query={"status": "partly_shipped"}).ok()["items"]
    assert [line["shipped_quantity"] for line in shown["lines"]] == [1, 0]


def test_late_is_what_the_clock_says(http, frozen):
    token = ("shipping.read", "shipping.write")
    early, soon = to_ship(), None
    frozen.move(hours=10)
    soon = to_ship()
    frozen.move(hours=37, minutes=59)
    desk = http.as_(staff_token(*token))
    assert numbers(desk.get("/admin/shipments", query={"late": "true"})) == []
    frozen.move(minutes=1)
    assert numbers(desk.get("/admin/shipments", query={"late": "true"})) == [early.number]
    assert [each["late"] for each in desk.get("/admin/shipments").ok()["items"]] == [True, False]
    frozen.move(hours=10)
    desk = http.as_(staff_token(*token))
    assert numbers(desk.get("/admin/shipments", query={"late": "true"})) == [early.number, soon.number]
    ship(desk, early, **SF)
    assert numbers(desk.get("/admin/shipments", query={"late": "true"})) == [soon.number]


def test_pages_show_each_once(desk, frozen):
    placed = []
    for _ in range(5):
        placed.append(to_ship().number)
        frozen.move(minutes=1)
    for query in ({}, {"status": "planned"}):
        seen, cursor = [], None
        while True:
            page = desk.get("/admin/shipments", query={"limit": 2, "cursor": cursor, **query}).ok()
            seen += [each["order_number"] for each in page["items"]]
            cursor = page["cursor"]
            if cursor is None:
                break
        assert seen == placed
    cursor = desk.get("/admin/shipments", query={"limit": 2}).ok()["cursor"]
    assert desk.get("/admin/shipments", query={"limit": 2, "cursor": cursor, "status": "planned"}).status == 422
    assert desk.get("/admin/shipments", query={"cursor": cursor, "origin_id": "other"}).status == 422


@pytest.mark.parametrize(
    "query",
    [
        {"status": "lost"},
        {"late": "true", "status": "planned"},
        {"limit": 0},
        {"limit": 101},
        {"cursor": "x"},
        {"origin_id": "a b"},
    ],
)
def test_questions_that_make_no_sense(desk, query):
    assert desk.get("/admin/shipments", query=query).status == 422


def test_a_lagging_index_shows_nothing_that_is_gone(desk, cloud):
    order = to_ship()
    with stale_indexes(cloud.memory):
        ship(desk, order, **SF)
        assert numbers(desk.get("/admin/shipments")) == []
        assert desk.get("/admin/picking-list").ok()["orders"] == []


def test_picking_sums_by_sku_and_packs_by_order(desk, frozen):
    first = to_ship(lines=(("sku_1", 2), ("sku_2", 1)))
    frozen.move(minutes=1)
    second = to_ship(lines=(("sku_2", 3), ("sku_1", 1), ("sku_2", 1)))
    ship(desk, first, **SF, lines=[{"sku_id": "sku_1", "quantity": 1}])
    wave = desk.get("/admin/picking-list").ok()
    assert [(each["sku_id"], each["quantity"], each["orders"]) for each in wave["skus"]] == [
        ("sku_1", 2, 2),
        ("sku_2", 5, 2),
    ]
    assert wave["skus"][0]["picture"] == "https://media.test/sku_1.png"
    assert [each["order_number"] for each in wave["orders"]] == [first.number, second.number]
    box = wave["orders"][0]
    assert [(each["sku_id"], each["spec"], each["quantity"]) for each in box["lines"]] == [
        ("sku_1", "颜色:白", 1),
        ("sku_2", "颜色:白", 1),
    ]
    assert (box["receiver"]["name"], box["receiver"]["detail"], box["version"]) == ("王小明", "漕溪北路 1 号", 2)
    page = desk.get("/admin/picking-list", query={"limit": 1}).ok()
    rest = desk.get("/admin/picking-list", query={"limit": 1, "cursor": page["cursor"]}).ok()
    assert [each["order_number"] for each in rest["orders"]] == [second.number]


def rows(reply):
    assert reply.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff"))))


def test_the_sheet(desk):
    order = to_ship()
    stored = now_of(order)
    stored.remark, stored.memo = "=HYPERLINK(1)", "易碎"
    stored.save()
    found = rows(desk.get("/admin/picking-list.csv"))
    assert [(each["规格编号"], each["待发数量"]) for each in found] == [("sku_1", "2"), ("sku_2", "1")]
    first = found[0]
    assert first["订单号"] == order.number + "\t", "a spreadsheet keeps it as text"
    assert (first["收货人"], first["地址"], first["商家备注"]) == ("王小明", "上海市上海市徐汇区漕溪北路 1 号", "易碎")
    assert first["买家备注"] == "'=HYPERLINK(1)", "what a buyer wrote is never a formula"


def test_both_show_the_codes_that_are_on_the_shelf(desk):
    quilt = shop.product("quilt")
    quilt.skus[0].code = "Q-WHITE"
    quilt.save()
    order = to_ship()
    coded = order.lines[0].model_copy(update={"product_id": quilt.id, "sku_id": quilt.skus[0].id})
    shipment = shipment_of(order)
    shipment.lines[0].product_id, shipment.lines[0].sku_id = coded.product_id, coded.sku_id
    shipment.save()
    wave = desk.get("/admin/picking-list").ok()
    assert [each["sku_code"] for each in wave["orders"][0]["lines"]] == ["Q-WHITE", None]
    assert {each["sku_id"]: each["sku_code"] for each in wave["skus"]} == {coded.sku_id: "Q-WHITE", "sku_2": None}
    assert [each["规格编码"] for each in rows(desk.get("/admin/picking-list.csv"))] == ["Q-WHITE", ""]


def test_the_sheet_says_when_there_is_more(desk, monkeypatch):
    monkeypatch.setattr(picking, "SHEET_ORDERS", 2)
    two = [to_ship(lines=(("sku_1", 1),)) for _ in range(2)]
    assert len(rows(desk.get("/admin/picking-list.csv"))) == 2
    to_ship(lines=(("sku_1", 1),))
    found = rows(desk.get("/admin/picking-list.csv"))
    assert len(found) == 3
    assert found[-1]["订单号"].startswith("…超过 2 个订单")
    assert {each["订单号"].strip() for each in found[:2]} == {each.number for each in two}


def test_two_round_trips_a_list(desk):
    to_ship()
    from infra.local.faults import watched

    with watched() as seen:
        desk.get("/admin/shipments", query={"origin_id": "default"}).ok()
    assert [step.partition(" ")[2] for step in seen.steps] == [
        "BatchGetItem",
        "Query",
        "BatchGetItem",
    ]  # staff, keys, items
    with watched() as seen:
        desk.get("/admin/picking-list", query={"origin_id": "default"}).ok()
    assert [step.partition(" ")[2] for step in seen.steps] == ["BatchGetItem", "Query", "BatchGetItem", "BatchGetItem"]


def test_who_may(http, cloud, frozen):
    stranger = http.as_(staff_token("orders.read"))
    for path in ("/admin/shipments", "/admin/picking-list", "/admin/picking-list.csv"):
        assert stranger.get(path).status == 403
        assert http.get(path).status == 401


def test_an_order_that_is_gone_is_no_fault(desk):
    order = to_ship()
    Order(member_id=order.member_id, id=order.id).delete()
    assert desk.get("/admin/picking-list").ok()["orders"] == []
    assert desk.get(f"/admin/orders/{order.number}/parcels").code == "order_not_found"


class TestPlaces:
    """Where parcels leave from."""

    @pytest.fixture
    def keeper(self, http, frozen):
        return http.as_(staff_token("stores.write", "stores.read", "shipping.read", "shipping.write", "orders.read"))

    def place(self, keeper, **more):
        return keeper.post("/admin/stores", json=warehouse(**more)).ok()["id"]

    def move(self, keeper, order, origin_id, version=1):
        return keeper.post(f"/admin/orders/{order.number}/origin", json={"origin_id": origin_id, "version": version})

    def test_the_default_place_sends_until_staff_say_otherwise(self, keeper):
        early = to_ship()
        north, south = self.place(keeper), self.place(keeper, name="广州仓")  # the first one is the default
        order = to_ship()
        assert (shipment_of(early).origin_id, shipment_of(order).origin_id) == ("default", north)
        assert numbers(keeper.get("/admin/shipments")) == [order.number]
        assert numbers(keeper.get("/admin/shipments", query={"origin_id": "default"})) == [early.number]

        moved = self.move(keeper, early, south).ok()
        assert (moved["shipments"][0]["origin_id"], moved["shipments"][0]["version"]) == (south, 2)
        assert numbers(keeper.get("/admin/shipments", query={"origin_id": south})) == [early.number]
        assert numbers(keeper.get("/admin/shipments", query={"origin_id": south, "status": "planned"})) == [
            early.number
        ]
        assert numbers(keeper.get("/admin/shipments", query={"origin_id": "default"})) == []
        notes = [each["text"] for each in keeper.get(f"/admin/orders/{early.number}").ok()["notes"]]
        assert notes == ["改由“广州仓”发货"]
        ship(keeper, early, **SF)
        assert numbers(keeper.get("/admin/shipments", query={"origin_id": south, "status": "shipped"})) == [
            early.number
        ]

    def test_refused(self, keeper, cloud):
        order, shipped = to_ship(), to_ship()
        ship(keeper, shipped, **SF)
        shop = keeper.post("/admin/stores", json=store(name="门市")).ok()["id"]
        south = self.place(keeper)
        with cloud.unchanged():
            assert self.move(keeper, order, "sto_none").code == "store_not_found"
            assert self.move(keeper, order, shop).code == "not_an_origin"
            assert self.move(keeper, order, south, version=2).code == "shipment_changed"
            assert self.move(keeper, shipped, south).code == "not_to_ship"
        self.move(keeper, order, south).ok()
        with cloud.unchanged():
            self.move(keeper, order, south).ok()
