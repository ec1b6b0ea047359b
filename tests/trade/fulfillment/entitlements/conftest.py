"""A store, its staff, and buyers who come to fetch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.models import Entitlement
from chalicelib.trade.orders.models import Order
from tests.harness import Client, MovableClock, Reply
from tests.trade.fulfillment.entitlements.factories import NEAR, clerk, pickup
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.payments.conftest import Till, _one_tender, impatient, meanwhile, till
from tests.trade.payments.factories import now_of

__all__ = ["_one_tender", "impatient", "meanwhile", "till"]

Do = Callable[..., Any]


@dataclass(frozen=True)
class Counter:
    """The till's world, and the counter of a store."""

    till: Till
    desk: Desk
    drain: Do
    clock: MovableClock

    def staff(self, *stores: str, permissions: tuple[str, ...] = ("pickup.verify", "pickup.read")) -> Client:
        """Staff of these stores."""
        return self.till.http.as_(clerk(*stores, permissions=permissions))

    def ready(self, **more: Any) -> tuple[Order, Entitlement]:
        """An order that is paid, and waits at the store."""
        order = pickup(**more)
        self.till.pay(order)
        self.till.deliver()
        self.drain()
        return now_of(order), self.of(order)

    def of(self, order: Order) -> Entitlement:
        (found,) = service.of_order(order.id)
        return found

    def verify(self, staff: Client, code: str, *lines: tuple[int, int], key: str = "till-0001") -> Reply:
        """All that is left, or so many pieces of lines."""
        body: dict[str, Any] = {"verification_code": code}
        if lines:
            body["lines"] = [{"line": line, "quantity": quantity} for line, quantity in lines]
        return staff.post("/admin/verifications", json=body, key=key)

    def pass_time(self, **by: float) -> None:
        """Time goes by from deadline to deadline."""
        seconds = sum(by.get(name, 0) * unit for name, unit in (("days", 1440), ("hours", 60), ("minutes", 1)))
        self.desk.sweep(minutes=seconds)


@pytest.fixture
def counter(till: Till, drain: Do, frozen: MovableClock) -> Counter:
    return Counter(till, Desk(till, drain, frozen), drain, frozen)


@pytest.fixture
def staff(counter: Counter) -> Client:
    """Staff of the store at which orders wait."""
    return counter.staff(NEAR)
