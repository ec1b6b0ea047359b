"""The process dies at every step: in the end each piece is handed over or refunded, once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.core import inbox
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.models import Entitlement, EntitlementStatus, StoreDay
from chalicelib.trade.fulfillment.entitlements.opening import service as opening
from chalicelib.trade.orders.events import OrderReady
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments.models import Payment
from infra.local.faults import every_death
from tests.harness import Cloud
from tests.trade.fulfillment.entitlements.conftest import Counter
from tests.trade.fulfillment.entitlements.factories import NEAR, available, pay_by_row, pickup
from tests.trade.payments.factories import now_of, refunds


class World:
    """One order, built anew for each death."""

    def __init__(self, counter: Counter, cloud: Cloud) -> None:
        self.counter, self.cloud = counter, cloud
        self.order: Order
        self.found: Entitlement

    def begin(self, *, ready: bool = True) -> None:
        """An order paid with WeChat Pay, as rows; *ready*: it waits at the store. What led to it is not replayed."""
        self.cloud.memory.clear()
        self.counter.till.partners.reset()
        self.order = pickup()
        pay_by_row(self.order)
        self.order = now_of(self.order)
        if not ready:
            with Transaction() as tx:
                tx.emit(OrderReady(member_id=self.order.member_id, order_id=self.order.id))
            return
        with Transaction() as tx:
            opening.open_for(tx, self.order)
        self.order, self.found = now_of(self.order), self.counter.of(self.order)

    def react(self, subscriber: str) -> None:
        """One reaction alone, to the message that waits for it."""
        for message in self.cloud.messages("fulfillment"):
            if message["subscriber"] == f"trade.fulfillment.{subscriber}":
                inbox.react(json.dumps(message))

    def time_passes(self) -> None:
        """Sweeps and redeliveries; of those who only tell of it, WeChat and the buyer, no matter."""
        self.counter.desk.sweep(minutes=4, redeliver=True)
        dead = {message["subscriber"] for message in self.cloud.dead_letters()}
        assert not [each for each in dead if "entitlements" in each or "orders" in each or "payments" in each]


@pytest.fixture
def world(counter: Counter, cloud: Cloud) -> World:
    return World(counter, cloud)


def test_while_it_is_opened(world: World) -> None:
    def check() -> None:
        world.time_passes()
        found = world.counter.of(world.order)
        assert (now_of(world.order).status, found.status) == (OrderStatus.PROCESSING, EntitlementStatus.OPEN)
        assert service.by_code(found.code).id == found.id
        day = StoreDay.find(NEAR, "2026-11-24")
        assert day is not None
        assert day.opened_count == 1

    every_death(lambda: world.begin(ready=False), lambda: world.react("shipments.plan_shipment"), check)


def test_while_it_is_handed_over(world: World) -> None:
    def act() -> None:
        world.counter.verify(world.counter.staff(NEAR), world.found.code)

    def check() -> None:
        # The till repeats what it did not hear of.
        assert world.counter.verify(world.counter.staff(NEAR), world.found.code).status == 201
        world.time_passes()
        assert len(service.history(world.found.id)) == 1
        assert now_of(world.order).status is OrderStatus.COMPLETED
        day = StoreDay.find(NEAR, "2026-11-24")
        assert day is not None
        assert (day.verification_count, day.piece_count) == (1, 3)

    steps = every_death(world.begin, act, check)
    assert "dynamodb TransactWriteItems" in steps


@pytest.mark.parametrize("part", [False, True])
def test_while_its_time_ends(world: World, part: bool) -> None:
    def begin() -> None:
        world.begin()
        if part:
            world.counter.verify(world.counter.staff(NEAR), world.found.code, (0, 1)).ok()
        world.counter.clock.set(world.found.expires_at + timedelta(minutes=1))
        world.counter.desk.send_due()

    def check() -> None:
        world.time_passes()
        order = now_of(world.order)
        assert order.status is (OrderStatus.COMPLETED if part else OrderStatus.CANCELED)
        payment = Payment.get(order.payment_id, consistent_read=True)
        (refund,) = refunds(order)
        assert refund.amount == payment.refunded_amount == (6900 if part else 9900)
        assert available("sku_1") == (101 if part else 102)
        assert world.counter.of(order).status is EntitlementStatus.EXPIRED

    every_death(begin, lambda: world.react("entitlements.close_entitlement"), check)
