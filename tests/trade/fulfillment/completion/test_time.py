"""Nobody has to do anything for an order to complete, and it never does while a parcel is on its way or in trouble."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from chalicelib.core import events, inbox
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.completion.events import ReceiptDue
from chalicelib.trade.fulfillment.shipments.models import Delivery, Trouble
from chalicelib.trade.orders.models import Order, OrderStatus
from tests.harness import START, Cloud
from tests.trade.fulfillment.completion.test_buyer import completed_of, say
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.fulfillment.reporting.factories import arrive, paid, send, status_of, travel
from tests.trade.payments.factories import now_of, staff_token

DAY = 24 * 60


def days(order: Order) -> float:
    """After how many days it completed."""
    at = now_of(order).completed_at
    return round((at - START) / timedelta(days=1), 2) if at else 0


@pytest.fixture
def reminders() -> Iterator[list[datetime]]:
    """The ``ReceiptDue`` that were announced."""
    heard: list[datetime] = []

    @subscribe(ReceiptDue, queue="fulfillment")
    def hear_receipt_due(event: ReceiptDue, tx: Transaction) -> None:
        heard.append(event.complete_by)

    name = next(each for each in events._subscribers if each.endswith("hear_receipt_due"))
    yield heard
    events._by_kind[ReceiptDue] = [each for each in events._by_kind[ReceiptDue] if each.name != name]
    del events._subscribers[name]


def test_ten_days_after_shipping(desk: Desk, reminders: list[datetime]) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.sweep(minutes=2 * DAY)
    arrive(parcel)
    desk.sweep(minutes=7 * DAY + 60)
    assert status_of(order) is OrderStatus.SHIPPED
    assert reminders == [now_of(order).complete_by]
    desk.sweep(minutes=DAY)
    assert days(order) == 10
    assert completed_of(order) == 1
    desk.sweep(minutes=30 * DAY, twice=True)
    assert (len(reminders), completed_of(order)) == (1, 1)


def test_not_earlier_than_some_days_after_the_delivery(desk: Desk, reminders: list[datetime]) -> None:
    order = paid(desk.till)
    first, second = send(order, "7300000001", "7300000002")
    desk.sweep(minutes=2 * DAY)
    arrive(first)
    desk.sweep(minutes=6 * DAY)
    arrive(second)
    desk.drain()
    complete_by = now_of(order).complete_by
    assert complete_by is not None
    assert (complete_by - START).days == 15  # the eighth day, and seven more
    desk.sweep(minutes=30 * DAY)
    assert days(order) == 15
    assert reminders == [complete_by]


def test_a_parcel_on_its_way_has_time(desk: Desk, reminders: list[datetime]) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.drain()
    travel(parcel)
    desk.sweep(minutes=20 * DAY)
    assert status_of(order) is OrderStatus.SHIPPED
    assert reminders == []  # nobody is asked about what has not come
    arrive(parcel)
    desk.sweep(minutes=20 * DAY)
    assert days(order) == 27
    assert len(reminders) == 1


@pytest.mark.parametrize("trouble", [Trouble.REFUSED, Trouble.STUCK])
def test_a_parcel_in_trouble_is_for_staff(desk: Desk, cloud: Cloud, trouble: Trouble) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.drain()
    travel(parcel, trouble=trouble)
    desk.sweep(minutes=31 * DAY)
    staff = desk.till.http.as_(staff_token("shipping.read", "shipping.write", "orders.read"))
    (held,) = staff.get("/admin/held-orders").ok()["items"]
    assert held["number"] == order.number
    desk.sweep(minutes=60 * DAY)
    assert status_of(order) is OrderStatus.SHIPPED

    staff = desk.till.http.as_(staff_token("shipping.read", "shipping.write", "orders.read"))
    path = f"/admin/orders/{order.number}/complete"
    reader = desk.till.http.as_(staff_token("shipping.read"))
    with cloud.unchanged():
        assert staff.post(path, json={"reason": ""}).status == 422
        assert staff.post(path, json={"reason": "x" * 201}).status == 422
        assert reader.post(path, json={"reason": "买家电话确认"}).status == 403
    done = staff.post(path, json={"reason": "买家电话确认"}).ok()
    assert done["order"]["status"] == "completed"
    assert done["notes"][-1]["text"] == "确认完成：买家电话确认"
    desk.drain()
    assert staff.get("/admin/held-orders").ok()["items"] == []
    with cloud.unchanged():
        assert staff.post(path, json={"reason": "再来一次"}).code == "order_not_shipped"


def test_a_held_order_goes_on_when_its_parcel_arrives(desk: Desk) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.drain()
    travel(parcel, trouble=Trouble.STUCK)
    desk.sweep(minutes=40 * DAY)
    staff = desk.till.http.as_(staff_token("shipping.read"))
    assert len(staff.get("/admin/held-orders").ok()["items"]) == 1
    arrive(parcel)
    desk.drain()
    assert staff.get("/admin/held-orders").ok()["items"] == []
    desk.sweep(minutes=10 * DAY)
    assert days(order) == 47


def test_a_held_order_whose_buyer_needs_time(desk: Desk) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.drain()
    travel(parcel, trouble=Trouble.REFUSED)
    desk.sweep(minutes=31 * DAY)
    say(desk, order, "extend-receipt").ok()
    staff = desk.till.http.as_(staff_token("shipping.read"))
    assert staff.get("/admin/held-orders").ok()["items"] == []
    desk.sweep(minutes=8 * DAY)
    staff = desk.till.http.as_(staff_token("shipping.read"))
    assert len(staff.get("/admin/held-orders").ok()["items"]) == 1  # and back, as nothing has come


def test_a_parcel_of_which_nobody_ever_heard_ends_with_time(desk: Desk) -> None:
    """A shop without a tracker: silence for a month, from the courier and from the buyer."""
    order = paid(desk.till)
    send(order, "7300000001")
    desk.sweep(minutes=29 * DAY)
    assert status_of(order) is OrderStatus.SHIPPED
    desk.sweep(minutes=2 * DAY)
    assert days(order) == 30


@pytest.mark.parametrize("delivery", [Delivery.VIRTUAL, Delivery.PICKUP, Delivery.SAME_CITY])
def test_what_goes_without_a_courier_needs_no_arrival(desk: Desk, delivery: Delivery) -> None:
    order = paid(desk.till)
    send(order, delivery=delivery)
    desk.sweep(minutes=11 * DAY)
    assert days(order) == 10


def test_the_buyers_more_time_counts(desk: Desk, reminders: list[datetime]) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.drain()
    arrive(parcel)
    desk.sweep(minutes=9 * DAY)
    say(desk, order, "extend-receipt").ok()
    desk.sweep(minutes=7 * DAY)
    assert status_of(order) is OrderStatus.SHIPPED
    desk.sweep(minutes=2 * DAY)
    assert days(order) == 17
    assert len(reminders) == 2  # for each time that was set


def test_a_deadline_that_comes_late_or_again(desk: Desk, cloud: Cloud) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.drain()
    arrive(parcel)
    desk.drain()
    say(desk, order, "extend-receipt").ok()
    early = {
        "subscriber": "trade.fulfillment.completion.complete_by_time",
        "event_id": "evt_forged",
        "payload": {"member_id": order.member_id, "order_id": order.id},
        "correlation_id": "",
    }
    inbox.react(json.dumps(early))
    assert status_of(order) is OrderStatus.SHIPPED


def test_staff_see_how_many_completed(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.drain()
    say(desk, order, "confirm-receipt").ok()
    desk.drain()
    staff = desk.till.http.as_(staff_token("orders.read"))
    (day,) = staff.get("/admin/order-days", query={"from_day": order.day, "to_day": order.day}).ok()["items"]
    assert (day["completed_count"], day["completed_amount"]) == (1, order.paid_amount)
