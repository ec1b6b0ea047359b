"""From paid to planned, and what a cancel does."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.core import inbox
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.shipments import service
from chalicelib.trade.fulfillment.shipments.errors import ShipmentChanged
from chalicelib.trade.fulfillment.shipments.models import ShipmentStatus
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderChanged
from chalicelib.trade.orders.events import OrderReady
from chalicelib.trade.orders.models import Order, OrderStatus
from infra.local.faults import every_death
from tests.trade.fulfillment.factories import (
    SF,
    cancel_paid,
    now_of,
    paid,
    pay,
    shipment_of,
    to_ship,
    unpaid,
)

pytestmark = pytest.mark.usefixtures("cloud", "frozen")


def say_ready(order: Order) -> None:
    with Transaction() as tx:
        tx.emit(OrderReady(member_id=order.member_id, order_id=order.id))


def test_a_paid_order_is_planned(drain, frozen):
    order = paid()
    drain()
    order = now_of(order)
    assert (order.status, order.processing_at) == (OrderStatus.PROCESSING, frozen.at)
    shipment = shipment_of(order)
    assert (shipment.status, shipment.origin_id, shipment.version) == (ShipmentStatus.PLANNED, "default", 1)
    assert shipment.ship_by == frozen.at + timedelta(hours=48)
    assert [(line.line, line.sku_id, line.quantity, line.left) for line in shipment.lines] == [
        (0, "sku_1", 2, 2),
        (1, "sku_2", 1, 1),
    ]


def test_every_message_twice_plans_once(drain):
    order = paid()
    drain(twice=True)
    say_ready(order)
    drain()
    assert shipment_of(now_of(order)).version == 1


def test_ship_by_counts_from_the_payment_not_from_the_planning(drain, frozen):
    order = unpaid(holds=["group_buy"])
    pay(order)
    paid_at = frozen.at
    frozen.move(hours=5)
    with Transaction() as tx:
        orders.release_hold(tx, now_of(order), "group_buy")
    drain()
    assert shipment_of(order).ship_by == paid_at + timedelta(hours=48)


def test_a_hold_is_respected_even_if_somebody_says_ready(drain, cloud):
    order = unpaid(holds=["group_buy"])
    pay(order)
    say_ready(order)
    drain()
    assert now_of(order).status is OrderStatus.PAID
    assert cloud.items("shipments") == []


def test_a_canceled_order_is_left_alone(drain, cloud):
    order = paid()
    cancel_paid(now_of(order))
    drain()
    assert now_of(order).status is OrderStatus.CANCELED
    assert cloud.items("shipments") == []


def test_canceled_between_reading_and_writing(cloud):
    order = paid()
    as_read = now_of(order)
    cancel_paid(as_read)
    with cloud.unchanged(), pytest.raises(OrderChanged), Transaction() as tx:
        service.plan(tx, as_read)


def test_held_again_between_reading_and_writing(cloud):
    order = paid()
    as_read = now_of(order)
    with Transaction() as tx:
        tx.update(Order(member_id=order.member_id, id=order.id), [Order.holds.set(["review"])])
    with cloud.unchanged(), pytest.raises(OrderChanged), Transaction() as tx:
        service.plan(tx, as_read)


def test_cancel_takes_the_planned_shipment_along(drain, desk, cloud):
    order = to_ship()
    cancel_paid(order)
    with cloud.unchanged():
        refused = desk.post(f"/admin/orders/{order.number}/parcels", json=SF, key="tap-0001")
        assert (refused.status, refused.code) == (409, "not_to_ship")
        assert refused.json["details"] == {"order_status": "canceled"}
    drain(twice=True)
    assert (shipment_of(order).status, shipment_of(order).open_origin) == (ShipmentStatus.CANCELED, None)
    assert desk.get("/admin/shipments").ok()["items"] == []
    assert desk.get("/admin/picking-list").ok()["orders"] == []


def test_a_canceled_order_leaves_the_picking_list_at_once(desk):
    order = to_ship()
    cancel_paid(order)
    assert desk.get("/admin/picking-list").ok()["orders"] == []


def test_a_shipment_canceled_in_the_same_moment(cloud):
    order = to_ship()
    as_read = shipment_of(order)
    with Transaction() as tx:
        service.cancel(tx, as_read)
    with cloud.unchanged(), pytest.raises(ShipmentChanged), Transaction() as tx:
        service.cancel(tx, as_read)


def test_an_order_canceled_before_it_was_paid(drain, cloud):
    with Transaction() as tx:
        orders.cancel(tx, unpaid(), "买家取消")
    drain()
    assert cloud.items("shipments") == []


@pytest.mark.parametrize("canceled", [False, True])
def test_death_at_every_step(cloud, drain, sweep, canceled):
    order: list[Order] = []
    body: list[str] = []

    def prepare():
        cloud.memory.clear()
        order[:] = [to_ship() if canceled else paid()]
        if canceled:
            cancel_paid(order[0])
        (message,) = [
            each
            for each in cloud.messages("fulfillment")
            if each["subscriber"].startswith("trade.fulfillment.shipments")
        ]
        body[:] = [json.dumps(message)]

    def check():
        sweep(redeliver=True)
        shipment = shipment_of(order[0])
        expected = ShipmentStatus.CANCELED if canceled else ShipmentStatus.PLANNED
        assert (shipment.status, shipment.version) == (expected, 2 if canceled else 1)
        assert now_of(order[0]).status is (OrderStatus.CANCELED if canceled else OrderStatus.PROCESSING)
        assert cloud.dead_letters() == []

    steps = every_death(prepare, lambda: inbox.react(body[0]), check)
    assert steps[-1] == "dynamodb TransactWriteItems"
