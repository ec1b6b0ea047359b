"""Incidents that touch the money, rehearsed. What to do about each: docs/operations.md."""

from __future__ import annotations

from typing import Any

from chalicelib.core import jobs
from tests.ops.incidents.conftest import Mall
from tests.trade.payments.factories import staff_token


def test_payment_notices_stop(mall: Mall) -> None:
    """An hour without one notice: the mall asks by itself, and each order is paid once."""
    mall.partners.faults.notice("lost", times=100)
    bought = [(buyer, mall.order(buyer)) for buyer in (mall.buyer() for _ in range(4))]
    for buyer, order in bought:
        buyer.pay(order)
    mall.notices()
    assert {buyer.see(order)["status"] for buyer, order in bought} == {"pending_payment"}
    impatient, order = bought[0]  # the app asks when the payment sheet closes
    assert impatient.http.post(f"/orders/{order['id']}/sync-payment").ok()["status"] == "paid"
    mall.sweep(minutes=3)  # the question two minutes after the tap
    assert {buyer.see(order)["status"] for buyer, order in bought} == {"processing"}
    assert mall.alarms() == {"notices-missed"}, "three were found by asking"
    for _ in range(12):
        mall.sweep(minutes=5)
    assert {buyer.see(order)["status"] for buyer, order in bought} == {"processing"}
    assert (mall.cloud.items("refunds"), mall.cloud.dead_letters()) == ([], [])


def test_notices_stop_and_the_channel_does_not_answer(mall: Mall) -> None:
    """Then the alarm of the money rings."""
    mall.partners.faults.notice("lost", times=100)
    buyer = mall.buyer()
    orders = [mall.order(buyer, key=f"tap-{number:04}") for number in range(10)]
    for order in orders:
        buyer.pay(order)
    mall.notices()
    mall.partners.faults.api("query", "500", times=10_000)
    for _ in range(7):
        mall.sweep(minutes=5)
    assert mall.alarms() == {"nobody-pays", "partner-wechat-pay"}
    assert {buyer.see(order)["status"] for order in orders} == {"pending_payment"}, "not closed: it may be paid"
    mall.partners.faults.clear()
    for _ in range(3):
        mall.sweep(minutes=5)
    assert {buyer.see(order)["status"] for order in orders} == {"processing"}
    assert mall.cloud.items("refunds") == []


def test_wechat_pay_is_down_for_an_hour(mall: Mall) -> None:
    """Buyers are told to wait, nothing is closed unasked, and all of it ends by itself."""
    forgot, paid, keen = mall.buyer(), mall.buyer(), mall.buyer()
    unpaid, paid_order, wanted = mall.order(forgot), mall.order(paid), mall.order(keen)
    forgot.open_sheet(unpaid)
    mall.partners.faults.notice("lost")
    paid.pay(paid_order)
    mall.partners.faults.api("*", "500", times=100_000)
    stock, told = mall.stock(), []
    for _ in range(12):
        # Four taps of three tries each: with fewer than ten calls in five minutes the alarm keeps quiet.
        told += {keen.http.post(f"/orders/{wanted['id']}/pay", json={}).code for _ in range(4)}
        mall.sweep(minutes=5)
    assert told == ["partner_unavailable"] * 6 + ["payment_window_over"] * 6, "thirty minutes to pay, then no more"
    assert "partner-wechat-pay" in mall.alarms()
    assert (forgot.see(unpaid)["status"], paid.see(paid_order)["status"]) == ("pending_payment", "pending_payment")
    assert mall.stock() == stock
    mall.partners.faults.clear()
    for _ in range(3):
        mall.sweep(minutes=6)
    assert (forgot.see(unpaid)["status"], paid.see(paid_order)["status"]) == ("canceled", "processing")
    assert mall.cloud.dead_letters() == []
    again = mall.order(keen, key="tap-0002")
    keen.pay(again)
    mall.notices()
    mall.drain()
    assert keen.see(again)["status"] == "processing"


def test_refunds_fail(mall: Mall) -> None:
    """The merchant's balance is too low: staff see it, fill it, and the same number goes through once."""
    buyer = mall.buyer()
    order = mall.order(buyer)
    begun = buyer.open_sheet(order)
    mall.sweep(minutes=31)
    assert buyer.see(order)["status"] == "canceled"
    buyer.confirm_sheet(begun, even_closed=True)  # paid after all: the money goes back
    mall.partners.wechat_pay.books.balance = 0
    mall.notices()
    mall.drain()
    desk = mall.http.as_(staff_token("payments.read", "payments.write"))
    (waiting,) = desk.get("/admin/refunds", query={"status": "requested"}).ok()["items"]
    assert waiting["problem"] == "NOT_ENOUGH"
    mall.partners.wechat_pay.refunds_succeed = False
    mall.partners.wechat_pay.books.balance = 100_000
    mall.frozen.move(minutes=11)
    jobs.run("poll_refunds")
    mall.drain()
    mall.partners.wechat_pay.settle_refund(waiting["id"], "ABNORMAL")  # the buyer's card is gone
    mall.notices()
    mall.drain()
    assert "refund-failed" in mall.alarms()
    (failed,) = desk.get("/admin/refunds", query={"status": "abnormal"}).ok()["items"]
    mall.partners.wechat_pay.settle_refund(failed["id"])  # settled at pay.weixin.qq.com
    mall.notices()
    assert desk.get(f"/admin/refunds/{failed['id']}").ok()["status"] == "succeeded"
    assert len(mall.partners.wechat_pay.trade(failed["payment_id"])["refunds"]) == 1


def test_a_wrong_price_is_published(mall: Mall) -> None:
    """299.00 became 2.99. Stop, find, decide on each order, mend, go on."""
    staff, path = mall.staff, f"/admin/products/{mall.product.id}"
    _price(mall, 299)
    unpaid, repriced, paid = mall.buyer(), mall.buyer(), mall.buyer()
    orders = [mall.order(buyer) for buyer in (unpaid, repriced, paid)]
    paid.pay(orders[2])
    mall.notices()
    mall.drain()
    late = mall.buyer()
    seen = late.preview([mall.line])["payable_amount"]
    staff.post(f"{path}/unlist").ok()
    assert mall.http.get(f"/products/{mall.product.id}").status == 404
    body = {"address_id": late.address_id, "lines": [mall.line], "expected_payable_amount": seen}
    with mall.cloud.unchanged():
        assert late.http.post("/orders", json=body, key="tap-0001").status == 409, "stopped at once"
    found = staff.get("/admin/orders", query={"product_id": mall.product.id}).ok()["items"]
    assert {each["number"] for each in found} == {each["number"] for each in orders}
    assert {each["number"] for each in found if each["status"] == "processing"} == {orders[2]["number"]}
    staff.post(f"/admin/orders/{orders[0]['number']}/cancel", json={"reason": "标价错误"}).ok()
    shown = staff.get(f"/admin/orders/{orders[1]['number']}").ok()["order"]
    new = {"version": shown["version"], "payable_amount": 29_900, "reason": "标价错误"}
    staff.post(f"/admin/orders/{orders[1]['number']}/price", json=new).ok()
    mall.drain()
    assert unpaid.see(orders[0])["status"] == "canceled"
    assert repriced.see(orders[1])["payable_amount"] == 29_900
    assert paid.see(orders[2])["status"] == "processing", "paid is paid: the owner decides"
    _price(mall, 29_900)
    staff.post(f"{path}/list").ok()
    assert late.http.post("/orders", json=body, key="tap-0002").code == "price_changed"
    assert mall.order(late, key="tap-0003")["payable_amount"] == 29_900


def _price(mall: Mall, amount: int) -> None:
    path = f"/admin/products/{mall.product.id}"
    shown: dict[str, Any] = mall.staff.get(path).ok()
    mall.staff.put(path, json={**_fields(shown, amount), "version": shown["version"]}).ok()


def _fields(shown: dict[str, Any], amount: int) -> dict[str, Any]:
    from chalicelib.mall.catalog.editing.schemas import ProductFields

    fields = {name: value for name, value in shown.items() if name in ProductFields.model_fields}
    known = set(ProductFields.model_fields["skus"].annotation.__args__[0].model_fields)  # type: ignore[union-attr]
    skus = [{name: value for name, value in sku.items() if name in known} for sku in shown["skus"]]
    return {**fields, "skus": [{**sku, "price_amount": amount} for sku in skus]}
