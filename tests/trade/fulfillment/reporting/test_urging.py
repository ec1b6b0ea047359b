"""WeChat pushes: not shipped for two days; and asks buyers to confirm when we tell it of the delivery."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.trade.fulfillment.reporting.models import ReportStatus
from chalicelib.trade.fulfillment.shipments.models import Delivery
from chalicelib.trade.orders import service as orders
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.fulfillment.reporting.factories import arrive, hear, paid, pushes, report_of, send
from tests.trade.payments.factories import place, staff_token


def urge(desk: Desk, number: str) -> list[dict[str, Any]]:
    desk.till.partners.wechat.shipping.urge(f"{number}01")
    return pushes(desk.till)


def test_an_order_that_was_not_shipped(desk: Desk) -> None:
    order = paid(desk.till)
    desk.sweep(minutes=49 * 60)
    hear(*urge(desk, order.number))
    desk.drain()
    report = desk.require(order, ReportStatus.PENDING, [])
    assert report.urged_at is not None
    assert [each.text for each in orders.entries(order.id)] == ["微信提醒：订单超过48小时未录入发货信息"]
    staff = desk.till.http.as_(staff_token("shipping.read", "shipping.write"))
    (listed,) = staff.get("/admin/shipping-reports", query={"status": "pending"}).ok()["items"]
    assert (listed["number"], listed["overdue"]) == (order.number, True)
    assert staff.post(f"/admin/shipping-reports/{order.number}/retry").code == "nothing_to_report"
    send(order, "7300000001")
    desk.sweep(minutes=1)  # late is late: not a moment more
    desk.require(order, ReportStatus.DONE, ["7300000001"])


def test_an_order_that_was_shipped_and_not_told(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.answer(10060001, times=100)
    desk.sweep(minutes=49 * 60)
    pushed = urge(desk, order.number)
    desk.till.partners.faults.clear()
    hear(*pushed)
    desk.sweep(minutes=1)
    desk.require(order, ReportStatus.DONE, ["7300000001"])
    done = desk.uploads()
    desk.sweep(minutes=24 * 60)
    assert desk.uploads() == done  # the deadline from before finds nothing to do


@pytest.mark.parametrize("field", ["merchant_id", "merchant_trade_no", "transaction_id"])
@pytest.mark.parametrize("value", ["", "other", 5, None, "x" * 5000])
def test_an_urging_about_somebody_elses_payment(desk: Desk, field: str, value: object) -> None:
    order = paid(desk.till)
    (document,) = urge(desk, order.number)
    hear({**document, field: value})
    desk.drain()
    assert report_of(order) is None
    assert list(orders.entries(order.id)) == []


def test_an_order_that_was_never_paid(desk: Desk) -> None:
    order = place()
    desk.till.start(order).ok()
    hear(
        {
            "Event": "trade_manage_remind_shipping",
            "FromUserName": "o-one",
            "merchant_id": "1",
            "merchant_trade_no": f"{order.number}01",
            "transaction_id": "",
        }
    )
    desk.drain()
    assert report_of(order) is None


def test_wechat_demands_the_connection(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    hear({"Event": "trade_manage_remind_access_api", "FromUserName": "o-one", "msg": "请接入"})
    assert [getattr(each, "alarm", False) for each in caplog.records if "demands" in each.message] == [True]


def test_the_buyer_is_asked_once_when_all_has_arrived(desk: Desk) -> None:
    order = paid(desk.till)
    first, second = send(order, "7300000001", "7300000002")
    desk.sweep(minutes=6)
    arrive(first)
    desk.sweep(minutes=60)
    assert desk.till.calls("notify_confirm_receive") == 0
    arrive(second)
    desk.sweep(minutes=60, twice=True)
    arrive(second)
    desk.sweep(minutes=60)
    assert desk.till.calls("notify_confirm_receive") == 1
    report, told = desk.report(order), desk.told(order)
    assert told is not None
    assert told.reminded_at == report.receipt_asked_at


def test_arrived_before_wechat_knew_that_it_was_sent(desk: Desk) -> None:
    order = paid(desk.till)
    parcels = send(order, "7300000001")
    arrive(*parcels)
    desk.sweep(minutes=1)
    assert desk.till.calls("notify_confirm_receive") == 0
    desk.sweep(minutes=20)
    told = desk.told(order)
    assert told is not None
    assert told.reminded_at  # with a time after the upload: WeChat takes no other


@pytest.mark.parametrize("delivery", [Delivery.SAME_CITY, Delivery.VIRTUAL, Delivery.PICKUP])
def test_without_a_courier_wechat_asks_nobody(desk: Desk, delivery: Delivery) -> None:
    order = paid(desk.till)
    parcels = send(order, delivery=delivery)
    desk.sweep(minutes=6)
    arrive(*parcels)
    desk.sweep(minutes=600)
    assert desk.till.calls("notify_confirm_receive") == 0


@pytest.mark.parametrize(
    ("code", "calls", "problem"),
    [
        (10060028, 1, "10060028"),
        (10060029, 1, "10060029"),
        (10060030, 1, None),
        (10060032, 1, "10060032"),
        (10060014, 1, "10060014"),
        (10060019, 6, None),
        (10060001, 6, None),
    ],
)
def test_wechat_does_not_ask(desk: Desk, code: int, calls: int, problem: str | None) -> None:
    order = paid(desk.till)
    parcels = send(order, "7300000001")
    desk.sweep(minutes=6)
    desk.answer(code, times=100, endpoint="notify_confirm_receive")
    arrive(*parcels)
    desk.sweep(minutes=7 * 24 * 60)
    assert desk.till.calls("notify_confirm_receive") == calls
    report = desk.report(order)
    assert report.receipt_problem == problem
    assert (report.receipt_asked_at is None) == (calls > 1)


def test_staff_look(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    reader = desk.till.http.as_(staff_token("shipping.read"))
    path = f"/admin/shipping-reports/{order.number}"
    assert reader.get(path).code == "shipping_report_not_found"
    assert reader.get("/admin/shipping-reports/26112400000000000000").code == "order_not_found"
    desk.sweep(minutes=6)
    shown = reader.get(path).ok()
    assert (shown["status"], shown["overdue"], shown["problem"]) == ("done", False, None)
    listing = "/admin/shipping-reports"
    today = clock.today().isoformat()
    assert [each["number"] for each in reader.get(listing, query={"status": "done", "day": today}).ok()["items"]] == [
        order.number
    ]
    assert reader.get(listing, query={"status": "done"}).status == 422
    assert reader.get(listing, query={"status": "failed", "day": today}).status == 422
    assert reader.post(f"{path}/retry").status == 403
    assert desk.till.http.get(path).status == 401
    writer = desk.till.http.as_(staff_token("shipping.write"))
    assert writer.post(f"{path}/retry").code == "nothing_to_report"
    assert desk.uploads() == 1
