"""Staff find, count and edit orders; every question has a key."""

from __future__ import annotations

import pytest

from chalicelib.mall.identity.staff.operations.models import Operation
from chalicelib.trade.orders.edits import service as edits
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


def test_an_edit_says_what_was_there_before(desk, place, cloud):
    path = f"/admin/orders/{place(factories.product(), 'tap-0001')['number']}"
    desk.post(f"{path}/price", json={"payable_amount": 4999, "version": 1, "reason": "老客户"}).ok()
    receiver = {"name": "李雷", "phone": "13900000000", "region_code": "110105", "detail": "建国路 1 号", "version": 2}
    desk.post(f"{path}/receiver", json=receiver).ok()
    desk.post(f"{path}/notes", json={"memo": "加急", "flag": "red"}).ok()
    desk.post(f"{path}/notes", json={"memo": "", "remark": "放门口", "flag": "red"}).ok()
    with cloud.unchanged():  # said again: nothing to write
        desk.post(f"{path}/notes", json={"memo": "", "remark": "放门口", "flag": "red"}).ok()
        desk.post(f"{path}/notes", json={}).ok()
        assert desk.post(f"{path}/notes", json={"flag": "pink"}).status == 422
    shown = desk.get(path).ok()
    assert [[tuple(change.values()) for change in note["changes"]] for note in shown["notes"]] == [
        [("payable_amount", "60.00", "49.99")],
        [
            (
                "receiver",
                "王小明 13800000000 上海市上海市徐汇区漕溪北路 1 号",
                "李雷 13900000000 北京市北京市朝阳区建国路 1 号",
            )
        ],
        [("memo", "", "加急"), ("flag", "none", "red")],
        [("remark", "", "放门口"), ("memo", "加急", "")],
    ]
    assert {note["actor"] for note in shown["notes"]} == {"小林"}
    assert (shown["order"]["flag"], shown["order"]["memo"]) == ("red", "")


def test_many_are_annotated_or_none(desk, place, cloud):
    quilt = factories.product()
    first, second, third = (place(quilt, f"tap-{n:04d}")["number"] for n in range(3))
    desk.post(f"/admin/orders/{first}/notes", json={"memo": "老客户"}).ok()
    both = {"numbers": [second, first, second], "memo": "仓库缺货", "flag": "yellow"}
    items = desk.post("/admin/order-notes", json=both).ok()["items"]
    assert [(each["number"], each["memo"], each["flag"]) for each in items] == [
        (second, "仓库缺货", "yellow"),
        (first, "老客户\n仓库缺货", "yellow"),
    ]
    assert numbers(desk.get("/admin/orders", query={"flag": "yellow"})) == [second, first]
    assert numbers(desk.get("/admin/orders", query={"flag": "none"})) == [third]
    (note,) = desk.get(f"/admin/orders/{second}").ok()["notes"]
    assert [change["field"] for change in note["changes"]] == ["memo", "flag"]
    desk.post(f"/admin/orders/{third}/notes", json={"memo": "满" * 496}).ok()
    with cloud.unchanged():
        full = desk.post("/admin/order-notes", json={"numbers": [first, third], "memo": "四个字了"})
        assert (full.code, full.json["message"]) == ("memo_full", f"订单 {third} 的商家备注写不下了")
        assert desk.post("/admin/order-notes", json={"numbers": [first, "9" * 20], "flag": "red"}).status == 404
        assert desk.post("/admin/order-notes", json={"numbers": [first], "flag": "yellow"}).status == 200  # it has it
        for body in ({"numbers": [first]}, {"numbers": [], "flag": "red"}, {"numbers": [first] * 41, "flag": "red"}):
            assert desk.post("/admin/order-notes", json=body).status == 422
    desk.post("/admin/order-notes", json={"numbers": [third], "memo": "三个字"}).ok()


def test_nobodys_words_are_lost_unseen(desk, place, cloud, monkeypatch):
    """Two colleagues write at once: the second is told to look again."""
    number = place(factories.product(), "tap-0001")["number"]
    path, read = f"/admin/orders/{number}", edits.by_numbers

    def late(asked):
        found = read(asked)
        monkeypatch.setattr(edits, "by_numbers", read)
        desk.post(f"{path}/notes", json={"memo": "先到"}).ok()
        return found

    monkeypatch.setattr(edits, "by_numbers", late)
    reply = desk.post("/admin/order-notes", json={"numbers": [number], "memo": "后到"})
    assert reply.code == "order_changed"
    assert desk.get(path).ok()["order"]["memo"] == "先到"


def test_many_unpaid_orders_are_canceled_each_by_itself(desk, place, buyer, cloud, partners):
    quilt = factories.product(stock=5)
    first, second, third = (place(quilt, f"tap-{n:04d}") for n in range(3))
    buyer.post(f"/orders/{second['id']}/cancel", json={}).ok()
    buyer.post(f"/orders/{third['id']}/pay", json={"tender": "wechat_pay"}).ok()
    partners.faults.api("query", "500", times=3)
    numbers = [first["number"], second["number"], third["number"], "9" * 20, first["number"]]
    asked = {"numbers": numbers, "reason": "缺货"}

    def outcomes():
        items = desk.post("/admin/order-cancellations", json=asked).ok()["items"]
        return {each["number"]: each["code"] or each["canceled"] for each in items}

    assert list(outcomes().values()) == [True, "order_not_pending", "partner_unavailable", "order_not_found"]
    assert desk.get(f"/admin/orders/{first['number']}").ok()["order"]["cancel_reason"] == "缺货"
    after = outcomes()
    assert [after[each["number"]] for each in (first, third)] == ["order_not_pending", True]
    with cloud.unchanged():
        again = outcomes()
        assert {again[each["number"]] for each in (first, second, third)} == {"order_not_pending"}
        for body in ({"numbers": [], "reason": "x"}, {"numbers": ["9" * 20] * 21, "reason": "x"}, {"reason": "x"}):
            assert desk.post("/admin/order-cancellations", json=body).status == 422


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
        assert reader.post("/admin/order-notes", json={"numbers": [order["number"]], "flag": "red"}).status == 403
        body = {"numbers": [order["number"]], "reason": "缺货"}
        assert reader.post("/admin/order-cancellations", json=body).status == 403
        assert buyer.get("/admin/orders").status == 401
        assert http.get("/admin/orders").status == 401
