"""Incidents of the machine, rehearsed. What to do about each: docs/operations.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import aws, jobs
from chalicelib.core.settings import settings
from infra.local import faults
from infra.ops import dead_letters, tables
from infra.ops.console import Console
from infra.ops.target import Target
from infra.watch import read
from infra.watch.alarms import alarms
from tests.ops.incidents.conftest import Mall


def test_a_queue_grows(mall: Mall, target: Target) -> None:
    """Its consumer is off for twenty minutes, then on: nothing is lost, and nothing happens twice."""
    buyers = [mall.buyer() for _ in range(3)]
    orders = [mall.order(buyer) for buyer in buyers]
    for buyer, order in zip(buyers, orders, strict=True):
        buyer.pay(order)
    mall.notices()
    waiting = waits(target, "reactions")
    assert waiting >= 3 * 7, "those of the orders and of the payments"
    mall.frozen.move(minutes=20)
    alarm = alarms(read("siyu-"))["siyu-queue-old-reactions"]
    assert alarm["Threshold"] * 2 <= 20 * 60, "two looks at a message older than ten minutes: it has rung by now"
    assert {buyer.see(order)["status"] for buyer, order in zip(buyers, orders, strict=True)} == {"paid"}
    delivered = mall.drain()
    assert len(delivered) >= waiting
    assert waits(target, "reactions") == 0
    assert {buyer.see(order)["status"] for buyer, order in zip(buyers, orders, strict=True)} == {"processing"}
    day = [each for each in mall.cloud.items("order_days") if "paid_count" in each]
    assert sum(int(each["paid_count"]["N"]) for each in day) == 3
    assert mall.alarms() == set()


def waits(target: Target, queue: str) -> int:
    return sum(dead_letters.counts(target, dead_letters.queues(target)[queue]))


def test_dynamodb_throttles(mall: Mall) -> None:
    """Buyers are told to try again, nothing is half done, and the same tap succeeds afterwards."""
    buyer = mall.buyer()
    quote = buyer.preview([mall.line])
    body = {
        "address_id": buyer.address_id,
        "lines": [mall.line],
        "expected_payable_amount": quote["payable_amount"],
    }
    stock = mall.stock()
    for _ in range(7):
        with mall.cloud.unchanged(), faults.throttle("TransactWriteItems", times=99):
            told = buyer.http.post("/orders", json=body, key="tap-0001")
        assert (told.status, told.code) == (409, "too_busy")
    assert mall.alarms() == {"database-retries"}
    placed = buyer.http.post("/orders", json=body, key="tap-0001").ok()
    assert buyer.http.post("/orders", json=body, key="tap-0001").ok()["id"] == placed["id"]
    assert mall.stock() == stock - 1


def test_the_sweep_of_the_outbox_stands_still_for_hours(mall: Mall) -> None:
    """Deadlines are late meanwhile; one run catches up, and each comes once."""
    buyers = [mall.buyer() for _ in range(3)]
    orders = [mall.order(buyer) for buyer in buyers]
    mall.sweep(minutes=1)
    stock = mall.stock()
    mall.frozen.move(hours=5)
    assert {buyer.see(order)["status"] for buyer, order in zip(buyers, orders, strict=True)} == {"pending_payment"}
    alarm = alarms(read("siyu-"))["siyu-outbox-behind"]
    assert alarm["TreatMissingData"] == "breaching", "a sweep that does not run says nothing: silence rings"
    jobs.run("deliver_due_events")
    mall.drain()
    mall.sweep(minutes=5)
    assert {buyer.see(order)["status"] for buyer, order in zip(buyers, orders, strict=True)} == {"canceled"}
    assert mall.stock() == stock + 3
    assert {each["kind"]["S"] for each in mall.cloud.items("outbox")} == set()
    mall.drain(twice=True)
    assert mall.stock() == stock + 3


def test_a_reaction_fails_until_it_is_mended(
    mall: Mall, target: Target, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five tries, a dead letter, an alarm. Mended and replayed it has its effect once; its neighbors never waited."""
    from chalicelib.trade.orders import subscribers

    buyer = mall.buyer()
    with monkeypatch.context() as broken:

        def fail(*_: Any) -> None:
            raise RuntimeError("a bad release")

        broken.setattr(subscribers, "_count", fail)
        order = mall.order(buyer)
        mall.drain(redeliver=True)
    with dead_letters.held(target, queue="reactions") as letters:
        assert [json.loads(each.body)["subscriber"] for each in letters] == ["trade.orders.count_placed"]
    assert [each["product_id"]["S"] for each in mall.cloud.items("order_products")] == [mall.product.id]
    assert mall.cloud.items("order_days") == []
    with dead_letters.held(target) as letters:
        assert dead_letters.replay(target, console, letters, 1000) == 1
    mall.drain(twice=True)
    (day,) = mall.cloud.items("order_days")
    assert day["placed_count"]["N"] == "1"
    assert buyer.see(order)["status"] == "pending_payment"
    assert mall.cloud.dead_letters() == []


def test_a_table_is_lost(mall: Mall, target: Target, console: Console, tmp_path: Path) -> None:
    """Restored from an export, the orders are there again, to the letter."""
    buyer = mall.buyer()
    orders = [mall.order(buyer, key=f"tap-{number:04}") for number in range(3)]
    buyer.pay(orders[0])
    mall.notices()
    mall.drain()
    before = mall.cloud.items("orders")
    tables.export(target, console, "orders", tmp_path, 2)
    name = settings().table_prefix + "orders"
    for item in before:
        keys = {each: item[each] for each in ("member_id", "id")}
        aws.client("dynamodb").delete_item(TableName=name, Key=keys)
    assert buyer.http.get("/orders").ok()["items"] == []
    assert buyer.http.get(f"/orders/{orders[0]['id']}").code == "order_not_found"
    assert tables.restore(target, console, tmp_path, per_second=1000) == {"put": 3, "kept": 0}
    assert sorted(map(str, mall.cloud.items("orders"))) == sorted(map(str, before))
    assert [each["id"] for each in buyer.http.get("/orders").ok()["items"]] == [each["id"] for each in orders[::-1]]
    assert tables.restore(target, console, tmp_path, per_second=1000) == {"put": 0, "kept": 3}


def test_a_completed_order_is_counted(mall: Mall) -> None:
    """Every number of the dashboard's money row comes from an event that a real order announces."""
    buyer = mall.buyer()
    order = mall.order(buyer)
    buyer.pay(order)
    mall.notices()
    mall.drain()
    parcel = {"carrier": "yto", "tracking_number": "YT1234567890123"}
    mall.staff.post(f"/admin/orders/{order['number']}/parcels", json=parcel, key="tap-0009").ok()
    mall.drain()
    buyer.http.post(f"/orders/{order['id']}/confirm-receipt", json={}).ok()
    mall.drain()
    lines = mall.written()
    counted = {
        name: sum(line.get(name, 0) for line in lines if "_aws" in line)
        for name in (
            "OrdersPlaced",
            "OrdersPaid",
            "PaymentsSucceeded",
            "PaidAmount",
            "OrdersCompleted",
            "OrdersCanceled",
        )
    }
    assert counted == {
        "OrdersPlaced": 1, "OrdersPaid": 1, "PaymentsSucceeded": 1, "PaidAmount": order["payable_amount"],
        "OrdersCompleted": 1, "OrdersCanceled": 0,
    }  # fmt: skip
