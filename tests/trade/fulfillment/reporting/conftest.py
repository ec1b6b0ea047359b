"""Shipping reports against the played WeChat, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import outbox
from chalicelib.trade.fulfillment.reporting.models import ReportStatus, ShippingReport
from chalicelib.trade.orders.models import Order
from infra.local.partners.wechat.shipping import Shipping
from tests.harness import MovableClock
from tests.trade.fulfillment.reporting.factories import report_of
from tests.trade.payments.conftest import Till, _one_tender, impatient, meanwhile, till

__all__ = ["_one_tender", "impatient", "meanwhile", "till"]

Do = Callable[..., Any]


@dataclass(frozen=True)
class Desk:
    """The mall's and WeChat's books side by side."""

    till: Till
    drain: Do
    clock: MovableClock

    def sweep(self, minutes: float = 2, **how: Any) -> None:
        """What was just done is delivered; then time passes from deadline to deadline, each at its minute.

        As the fixture `sweep`, which looks into every minute: too slow for a month.
        """
        self.drain(**how)
        end = self.clock.at + timedelta(minutes=minutes)
        while (at := min(map(_found_at, outbox.OutboxItem.scan()), default=None)) is not None and at <= end:
            self.clock.set(max(at, self.clock.at))
            self.send_due()
            self.drain(**how)
        self.clock.set(end)

    def send_due(self) -> None:
        """What is due lies in the queues now."""
        outbox.send([each for each in outbox.OutboxItem.scan() if _found_at(each) <= self.clock.at])

    def told(self, order: Order) -> Shipping | None:
        """What WeChat was told of the order."""
        return self.till.partners.wechat.state.shipping.told.get(f"{order.number}01")

    def numbers(self, order: Order) -> list[str]:
        told = self.told(order)
        return [each.get("tracking_no", "") for each in told.parcels] if told else []

    def report(self, order: Order) -> ShippingReport:
        report = report_of(order)
        assert report is not None
        return report

    def require(self, order: Order, status: ReportStatus, numbers: Sequence[str]) -> ShippingReport:
        report = self.report(order)
        assert (report.status, self.numbers(order)) == (status, list(numbers))
        return report

    def uploads(self) -> int:
        return self.till.calls("upload_shipping_info")

    def answer(self, code: int, times: int = 1, endpoint: str = "upload_shipping_info") -> None:
        """The next calls are answered with this code."""
        document = {"errcode": code, "errmsg": "as the test wants rid: 1-2-3"}
        self.till.partners.faults.api(endpoint, "answer", times, status=200, document=document)


@pytest.fixture
def desk(till: Till, drain: Do, frozen: MovableClock) -> Desk:
    return Desk(till, drain, frozen)


def _found_at(item: outbox.OutboxItem) -> datetime:
    """When the sweep finds it."""
    slot = datetime.fromisoformat(item.slot.partition("#")[0]).replace(tzinfo=UTC)
    return max(item.due_at, slot)
