"""Staff find, count and edit orders; every question has a key."""

from __future__ import annotations

import pytest

from chalicelib.mall.identity.staff.operations.models import Operation
from tests.trade import factories


@pytest.fixture
def shopper(cloud, frozen):
    return factories.shopper()


@pytest.fixture
def buyer(http, shopper):
    return http.as_(shopper.token)


def sign_in(http):
    return http.as_(factories.staff_token("orders.read", "orders.write"))


@pytest.fixture
def desk(http, frozen):
    return sign_in(http)


@pytest.fixture
def place(http, shopper):
    def run(item, key, quantity=1, payable=6000):
        lines = [factories.line(item, quantity)]
        body = {"lines": lines, "address_id": shopper.address_id, "expected_payable_amount": payable}
        return http.as_(shopper.token).post("/orders", json=body, key=key).ok()

    return run


def numbers(reply):
    return [each["number"] for each in reply.ok()["items"]]


def test_found_by_number_phone_product_status_and_day(http, shopper, place, drain, frozen):
    quilt, towel = factories.product("quilt"), factories.product("towel")
    first = place(quilt, "tap-0001")
    second = place(towel, "tap-0002")
    frozen.move(days=1)
    third = place(quilt, "tap-0003")
    http.as_(shopper.token).post(f"/orders/{second['id']}/cancel", json={"reason": "不想要了"}).ok()
    drain()
    desk = sign_in(http)
    assert numbers(desk.get("/admin/orders", query={"number": first["number"]})) == [first["number"]]
    assert numbers(desk.get("/admin/orders", query={"phone": "13800000000"})) == [
        third["number"],
        second["number"],
        first["number"],
    ]
    assert numbers(desk.get("/admin/orders", query={"product_id": quilt.id})) == [third["number"], first["number"]]
    assert numbers(desk.get("/admin/orders", query={"status": "canceled"})) == [second["number"]]
    assert numbers(desk.get("/admin/orders", query={"from_day": "2026-11-24", "to_day": "2026-11-24"})) == [
        second["number"],
        first["number"],
    ]
    assert numbers(desk.get("/admin/orders", query={"phone": "13800000000", "status": "canceled"})) == [
        second["number"]
    ]
    assert numbers(desk.get("/admin/orders", query={"number": "0" * 20})) == []


def test_pages_walk_over_days_and_show_each_order_once(http, place, frozen):
    quilt = factories.product(stock=50)
    placed = []
    for day in range(3):
        placed += [place(quilt, f"tap-{day}-{index:04d}")["number"] for index in range(3)]
        frozen.move(days=2)
    desk = sign_in(http)
    seen, cursor = [], None
    while True:
        page = desk.get("/admin/orders", query={"limit": 2, "cursor": cursor}).ok()
        seen += [each["number"] for each in page["items"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == placed[::-1]


def test_a_cursor_belongs_to_its_question(desk, place):
    quilt = factories.product()
    for index in range(3):
        place(quilt, f"tap-{index:04d}")
    cursor = desk.get("/admin/orders", query={"limit": 1}).ok()["cursor"]
    assert desk.get("/admin/orders", query={"limit": 1, "cursor": cursor, "status": "paid"}).status == 422
    assert desk.get("/admin/orders", query={"phone": "13800000000", "cursor": cursor}).status == 422


@pytest.mark.parametrize(
    "query",
    [
        {"number": "1"},
        {"phone": "x"},
        {"from_day": "2026-01-01", "to_day": "2026-12-31"},
        {"from_day": "2026-11-25", "to_day": "2026-11-24"},
        {"from_day": "2020-01-01"},
        {"limit": 101},
        {"status": "lost"},
    ],
)
def test_questions_that_make_no_sense(desk, query):
    assert desk.get("/admin/orders", query=query).status == 422


def test_day_counters(desk, place, buyer, drain):
    quilt = factories.product()
    place(quilt, "tap-0001")
    second = place(quilt, "tap-0002")
    buyer.post(f"/orders/{second['id']}/cancel", json={}).ok()
    drain()
    drain()
    days = desk.get("/admin/order-days", query={"from_day": "2026-11-23", "to_day": "2026-11-24"}).ok()["items"]
    assert (days[0]["placed_count"], days[0]["placed_amount"]) == (0, 0)
    assert (days[1]["placed_count"], days[1]["placed_amount"]) == (2, 12000)
    assert (days[1]["canceled_count"], days[1]["canceled_amount"], days[1]["paid_count"]) == (1, 6000, 0)


def test_repricing_changes_what_is_due_and_leaves_a_trace(desk, place, buyer, cloud):
    order = place(factories.product(), "tap-0001")
    path = f"/admin/orders/{order['number']}/price"
    changed = desk.post(path, json={"payable_amount": 4999, "version": 1, "reason": "老客户"}).ok()
    assert changed["order"]["payable_amount"] == 4999
    assert sum(line["payable_amount"] for line in changed["order"]["lines"]) + 1000 == 4999
    assert "60.00 → 49.99" in changed["notes"][0]["text"]
    mine = buyer.get(f"/orders/{order['id']}").ok()
    assert mine["payable_amount"] == 4999
    assert mine["adjustments"][-1]["title"] == "客服改价"
    with cloud.unchanged():
        stale = desk.post(path, json={"payable_amount": 1, "version": 1, "reason": "x"})
        free = desk.post(path, json={"payable_amount": 0, "version": 2, "reason": "x"})
    assert (stale.code, free.status) == ("order_changed", 422)
    again = desk.post(path, json={"payable_amount": 1, "version": 2, "reason": "抹零"}).ok()
    assert (again["order"]["payable_amount"], again["order"]["freight_amount"]) == (1, 1)


def test_receiver_and_notes(desk, place, buyer, cloud):
    order = place(factories.product(), "tap-0001")
    path = f"/admin/orders/{order['number']}"
    receiver = {"name": "李雷", "phone": "13900000000", "region_code": "110105", "detail": "建国路 1 号", "version": 1}
    changed = desk.post(f"{path}/receiver", json=receiver).ok()["order"]
    assert (changed["receiver"]["district"], changed["receiver"]["city"]) == ("朝阳区", "北京市")
    assert numbers(desk.get("/admin/orders", query={"phone": "13900000000"})) == [order["number"]]
    with cloud.unchanged():
        assert desk.post(f"{path}/receiver", json={**receiver, "version": 2, "region_code": "999999"}).status == 422
        assert desk.post(f"{path}/receiver", json=receiver).code == "order_changed"
    desk.post(f"{path}/notes", json={"memo": "加急", "remark": "放门口"}).ok()
    shown = desk.get(path).ok()
    assert (shown["order"]["memo"], shown["order"]["remark"]) == ("加急", "放门口")
    assert "memo" not in buyer.get(f"/orders/{order['id']}").ok()
    buyer.post(f"/orders/{order['id']}/cancel", json={}).ok()
    with cloud.unchanged():
        assert desk.post(f"{path}/receiver", json={**receiver, "version": 2}).code == "order_not_editable"
        assert desk.post(f"{path}/price", json={"payable_amount": 1, "version": 2, "reason": "x"}).code == (
            "order_not_pending"
        )


def test_every_edit_is_in_the_operation_log(desk, place):
    order = place(factories.product(), "tap-0001")
    desk.post(f"/admin/orders/{order['number']}/notes", json={"memo": "加急"}).ok()
    log = list(Operation.query("2026-11-24"))
    assert len(log) == 1
    assert order["number"] in log[0].path


def test_staff_cancel(desk, place, cloud, sweep):
    quilt = factories.product(stock=1)
    order = place(quilt, "tap-0001")
    assert factories.available(quilt) == 0
    shown = desk.post(f"/admin/orders/{order['number']}/cancel", json={"reason": "缺货"}).ok()
    assert (shown["order"]["status"], shown["order"]["cancel_reason"]) == ("canceled", "缺货")
    sweep()
    sweep()
    assert factories.available(quilt) == 1
    with cloud.unchanged():
        assert desk.post(f"/admin/orders/{order['number']}/cancel", json={"reason": "x"}).code == "order_not_pending"


def test_rights(http, buyer, place, cloud):
    order = place(factories.product(), "tap-0001")
    reader = http.as_(factories.staff_token("orders.read"))
    with cloud.unchanged():
        assert reader.post(f"/admin/orders/{order['number']}/notes", json={"memo": "x"}).status == 403
        assert buyer.get("/admin/orders").status == 401
        assert http.get("/admin/orders").status == 401
