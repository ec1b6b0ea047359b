"""Packing slips and waybill data say what may leave now; a print is counted, and moves nothing else."""

from __future__ import annotations

import re

import pytest

from chalicelib.mall.stores import service as stores
from chalicelib.trade.orders.models import Fulfillment, Order, PickupPlace
from tests.mall.stores.factories import warehouse
from tests.trade import factories as shop
from tests.trade.fulfillment.factories import SF, cancel_paid, now_of, shipment_of, staff_token, to_ship, unpaid

pytestmark = pytest.mark.usefixtures("cloud", "frozen")
UNKNOWN = "9" * 20


def slips(desk, *orders):
    numbers = ",".join(each.number for each in orders)
    return desk.get("/admin/packing-slips", query={"numbers": numbers}).ok()["items"]


def paper(number, version=1):
    return {"number": number, "order_version": version}


def printed(desk, *orders, version=1):
    papers = [paper(each.number, version) for each in orders]
    return desk.post("/admin/packing-slips/printed", json={"orders": papers})


def ship(desk, order, key="tap-0001", **body):
    return desk.post(f"/admin/orders/{order.number}/parcels", json=body, key=key).ok()


@pytest.fixture
def origin(http):
    boss = http.as_(staff_token("stores.write", "stores.everywhere"))
    made = boss.post("/admin/stores", json={**warehouse(), "phone": "0571-88000000"}).ok()
    stores.forget()
    return made


def test_a_slip_says_what_goes_into_the_box_and_where(desk, origin):
    quilt = shop.product("quilt", values=("白", "灰"))
    quilt.skus[1].code, quilt.skus[1].barcode, quilt.skus[1].weight_grams = "Q-GREY", "6901234567892", 1_500
    quilt.save()
    order = to_ship((("sku_1", 2), ("sku_2", 1)))
    line = order.lines[0].model_copy(
        update={"product_id": quilt.id, "sku_id": quilt.skus[1].id, "weight_grams": 1_500, "given": True}
    )
    order.update([Order.lines.set([line, order.lines[1]]), Order.remark.set("放门口"), Order.memo.set("加急")])
    (slip,) = slips(desk, order)
    assert [(each["sku_code"], each["barcode"], each["quantity"], each["to_pack"]) for each in slip["lines"]] == [
        ("Q-GREY", "6901234567892", 2, 2),
        (None, None, 1, 1),
    ]
    assert (slip["order_number"], slip["pieces"], slip["remark"], slip["memo"]) == (order.number, 3, "放门口", "加急")
    assert (slip["lines"][0]["given"], slip["lines"][0]["picture"]) == (True, "https://media.test/sku_1.png")
    assert slip["sender"] == {
        "name": "杭州仓",
        "phone": "0571-88000000",
        "address": "浙江省杭州市西湖区文三路 1 号",
    }
    assert slip["waybill"] == {
        "order_number": order.number,
        "sender": slip["sender"],
        "receiver": {"name": "王小明", "phone": "13800000000", "address": "上海市上海市徐汇区漕溪北路 1 号"},
        "cargo": "蚕丝被 sku_1*2；蚕丝被 sku_2*1",
        "count": 1,
        "weight_grams": 3_000,
        "remark": "放门口",
    }
    assert (slip["shipment"]["version"], slip["shipment"]["print_count"]) == (1, 0)


def test_only_what_may_leave_is_to_be_packed(desk):
    order, done, waiting, lost = to_ship(), to_ship(), unpaid(), to_ship()
    ship(desk, order, **SF, lines=[{"sku_id": "sku_1", "quantity": 1}])
    shipment = shipment_of(order)
    shipment.lines[1].held_quantity = 1
    shipment.save()
    ship(desk, done, key="tap-0002", carrier="zto", tracking_number="78712345678901")
    cancel_paid(lost)
    partly, gone, not_paid, canceled = slips(desk, order, done, waiting, lost)
    assert [each["to_pack"] for each in partly["lines"]] == [1, 0]
    assert (partly["waybill"]["cargo"], partly["waybill"]["sender"]) == ("蚕丝被 sku_1*1", None)
    for slip in (gone, not_paid, canceled):
        assert (slip["pieces"], slip["waybill"]) == (0, None)
    assert not_paid["shipment"] is None


def test_what_is_fetched_has_a_slip_without_a_waybill(desk):
    order = unpaid()
    place = PickupPlace(store_id="sto_near", name="徐家汇店")
    order.update([Order.fulfillment.set(Fulfillment.PICKUP), Order.place.set(place)])
    (slip,) = slips(desk, order)
    assert (slip["place"]["name"], slip["shipment"], slip["waybill"]) == ("徐家汇店", None, None)
    assert printed(desk, order).ok() == {"items": []}


def test_slips_come_in_the_order_asked_once_and_unknown_numbers_are_said(desk):
    first, second = to_ship(), to_ship()
    asked = f"{second.number},{UNKNOWN},{first.number},{second.number}"
    found = desk.get("/admin/packing-slips", query={"numbers": asked}).ok()
    assert [each["order_number"] for each in found["items"]] == [second.number, first.number]
    assert found["unknown"] == [UNKNOWN]


def test_the_page_holds_text_and_no_tags_of_others(desk):
    order = to_ship()
    order.receiver.name = "<script>alert(1)</script>"
    bad = [line.model_copy(update={"name": '"><img src=x onerror=y>', "spec": "<b>"}) for line in order.lines]
    order.update([Order.receiver.set(order.receiver), Order.lines.set(bad), Order.remark.set("</p><iframe>")])
    order.update([Order.memo.set("难缠的客户")])
    reply = desk.get("/admin/packing-slips.html", query={"numbers": f"{order.number},{to_ship().number}"})
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    tags = set(re.findall(r"<([a-z0-9]+)", reply.text))
    assert tags == {
        *("html", "head", "meta", "title", "style", "body", "section", "header", "div", "h1", "p"),
        *("svg", "path", "table", "tr", "th", "td"),
    }
    assert (reply.text.count("<section>"), reply.text.count("<svg")) == (2, 2)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 13800000000" in reply.text
    assert "难缠的客户" not in reply.text  # the buyer may see it
    assert order.number in reply.text


def test_a_print_is_counted_and_the_unprinted_are_found(desk, frozen):
    first = to_ship()
    frozen.move(minutes=1)
    second = to_ship()
    before = shipment_of(first)
    (marked,) = printed(desk, first).ok()["items"]
    assert (marked["print_count"], marked["printed_by"]) == (1, "小林")
    frozen.move(minutes=5)
    (again,) = printed(desk, first).ok()["items"]
    assert again["print_count"] == 2
    assert again["printed_at"] > marked["printed_at"]

    def unprinted(path):
        found = desk.get(path, query={"unprinted": "true"}).ok()
        return [each["order_number"] for each in found.get("items") or found["orders"]]

    assert unprinted("/admin/shipments") == unprinted("/admin/picking-list") == [second.number]
    assert [each["print_count"] for each in desk.get("/admin/shipments").ok()["items"]] == [2, 0]
    assert [each["print_count"] for each in desk.get("/admin/picking-list").ok()["orders"]] == [2, 0]
    (slip,) = slips(desk, first)
    assert (slip["shipment"]["print_count"], slip["shipment"]["printed_by"]) == (2, "小林")
    after = shipment_of(first)
    assert (after.version, after.status, after.lines) == (before.version, before.status, before.lines)
    ship(desk, first, **SF, version=before.version)  # a print does not stop who is packing
    assert now_of(first).status == "shipped"


def test_what_was_edited_since_is_to_be_printed_again(desk):
    order = to_ship()
    printed(desk, order).ok()
    assert desk.get("/admin/picking-list", query={"unprinted": "true"}).ok()["orders"] == []
    receiver = {"name": "李雷", "phone": "13900000000", "region_code": "110105", "detail": "建国路 1 号", "version": 1}
    desk.post(f"/admin/orders/{order.number}/receiver", json=receiver).ok()
    (box,) = desk.get("/admin/picking-list", query={"unprinted": "true"}).ok()["orders"]
    assert (box["reprint"], box["print_count"], box["receiver"]["name"]) == (True, 1, "李雷")
    assert slips(desk, order)[0]["shipment"]["reprint"] is True
    printed(desk, order).ok()  # the old paper again: said by a page that was open since
    assert slips(desk, order)[0]["shipment"]["reprint"] is True
    printed(desk, order, version=2).ok()
    assert slips(desk, order)[0]["shipment"]["reprint"] is False
    assert desk.get("/admin/picking-list", query={"unprinted": "true"}).ok()["orders"] == []


def test_one_unknown_number_counts_nothing(desk, cloud):
    order = to_ship()
    with cloud.unchanged():
        reply = desk.post("/admin/packing-slips/printed", json={"orders": [paper(order.number), paper(UNKNOWN)]})
        assert reply.code == "order_not_found"
        for papers in ([], [paper("1")], [paper(order.number, 0)], [paper(order.number)] * 51):
            assert desk.post("/admin/packing-slips/printed", json={"orders": papers}).status == 422
        for query in ({}, {"numbers": "x"}, {"numbers": ",".join([order.number] * 51)}):
            assert desk.get("/admin/packing-slips", query=query).status == 422
            assert desk.get("/admin/packing-slips.html", query=query).status == 422


def test_the_same_number_twice_is_one_print(desk):
    order = to_ship()
    assert [each["print_count"] for each in printed(desk, order, order).ok()["items"]] == [1]


def test_who_may(http, cloud):
    order = to_ship()
    reader, other = http.as_(staff_token("shipping.read")), http.as_(staff_token("orders.read"))
    with cloud.unchanged():
        assert printed(reader, order).status == 403
        assert other.get("/admin/packing-slips", query={"numbers": order.number}).status == 403
        assert other.get("/admin/packing-slips.html", query={"numbers": order.number}).status == 403
        assert http.get("/admin/packing-slips", query={"numbers": order.number}).status == 401
    assert len(slips(reader, order)) == 1
