"""A day of sales at the played WeChat Pay, and the morning after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.models import Payment
from chalicelib.trade.payments.refunds import service as refunding
from chalicelib.trade.reconciliation import service
from chalicelib.trade.reconciliation.models import MALL, Difference, Reconciliation
from infra.local.partners import Partners
from infra.local.partners.wechat_pay.state import Trade
from tests.harness import Client, Cloud, MovableClock
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import place, staff_token

DAY = "2026-11-24"
Do = Callable[..., Any]


@pytest.fixture(autouse=True)
def _short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days are caught up: most tests have one."""
    monkeypatch.setattr(service, "LOOK_BACK", 2)


@dataclass
class Office:
    """Where the books are compared."""

    till: Till
    clock: MovableClock
    drain: Do
    cloud: Cloud

    @property
    def partners(self) -> Partners:
        return self.till.partners

    @property
    def staff(self) -> Client:
        return self.till.http.as_(staff_token("payments.read", "payments.write"))

    def sell(self, amount: int = 9900, **more: Any) -> tuple[Order, str]:
        """An order that is paid and known to be. :returns: it, and its payment's number."""
        order = place(amount=amount, **more)
        number = self.till.pay(order)
        self.till.deliver()
        self.drain()
        return order, number

    def give_back(self, payment_id: str, amount: int, purpose: str = "t1") -> str:
        """:returns: the refund's number."""
        payment = Payment.find(payment_id, consistent=True)
        assert payment is not None
        with Transaction() as tx:
            refund = refunding.file(tx, payment, purpose=purpose, reason="测试", amount=amount)
        self.drain()
        self.till.deliver()
        self.drain()
        return str(refund.id)

    def trade(self, number: str) -> Trade:
        """As WeChat Pay has it in its books: to be changed."""
        return self.partners.wechat_pay.books.trades[number]

    def next_morning(self, hours: float = 24) -> list[str]:
        """The job runs. :returns: the days that it began."""
        self.clock.move(hours=hours)
        return self.run()

    def run(self) -> list[str]:
        begun = jobs.run("reconcile_payments")
        self.drain()
        assert isinstance(begun, list)
        return begun

    def run_again(self) -> None:
        """Staff compare the day anew."""
        self.staff.post(f"/admin/reconciliations/{DAY}/run").ok()
        self.drain()

    def day(self, day: str = DAY) -> Reconciliation:
        found = Reconciliation.find(MALL, day, consistent=True)
        assert found is not None
        return found

    def differences(self, day: str = DAY) -> list[tuple[str, str, str]]:
        """Number, kind, state."""
        return [(each.number, each.kind.value, each.state.value) for each in Difference.query(day)]


@pytest.fixture
def office(cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners, drain: Do) -> Office:
    return Office(Till(http, partners), frozen, drain, cloud)
