"""Payments against the played WeChat Pay, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.core import http as partner_http
from chalicelib.core.settings import settings
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments import tender
from chalicelib.trade.payments.wechat.tender import WechatPay
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.trade.payments.factories import buyer_token


@pytest.fixture(autouse=True)
def _one_tender(_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tender, "tenders", [WechatPay()])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Partners get 0.3 seconds."""
    monkeypatch.setenv("SIYU_PARTNER_TIMEOUT_SECONDS", "0.3")
    settings.cache_clear()
    yield
    monkeypatch.delenv("SIYU_PARTNER_TIMEOUT_SECONDS")
    settings.cache_clear()


@pytest.fixture
def meanwhile() -> Iterator[Callable[..., None]]:
    """``meanwhile("before", "/jsapi", act)``: *act* happens once, around the next such call to the partner."""

    before = list(partner_http.observers)

    def run(moment: str, ending: str, act: Callable[[], object]) -> None:
        def observe(when: str, method: str, url: str) -> None:
            if when == moment and url.partition("?")[0].endswith(ending):
                partner_http.observers.remove(observe)
                act()

        partner_http.observers.append(observe)

    yield run
    partner_http.observers[:] = before


@dataclass(frozen=True)
class Till:
    """The buyer's phone, WeChat Pay and the mall, in a few words."""

    http: Client
    partners: Partners

    def start(self, order: Order) -> Reply:
        """The buyer taps "pay"."""
        return self.http.as_(buyer_token(order.member_id)).post(
            f"/orders/{order.id}/pay", json={"tender": "wechat_pay"}
        )

    def come_back(self, order: Order) -> Reply:
        """``wx.requestPayment`` has returned."""
        return self.http.as_(buyer_token(order.member_id)).post(f"/orders/{order.id}/sync-payment")

    def pay(self, order: Order) -> str:
        """The buyer pays in the payment sheet; the notice waits. Returns the payment's id."""
        started = self.start(order).ok()
        self.partners.wechat_pay.pay(parameters=started["parameters"])
        return str(started["payment_id"])

    def deliver(self) -> list[int]:
        """The notices that wait come. Returns the statuses of all notices' last answers."""
        self.partners.wechat_pay.notices.deliver_due()
        return [notice.attempts[-1].status for notice in self.notices() if notice.attempts]

    def notices(self) -> list[Any]:
        return list(self.partners.wechat_pay.books.notices.values())

    def trade(self, payment_id: str) -> dict[str, Any]:
        """The payment as WeChat Pay sees it."""
        return self.partners.wechat_pay.trade(payment_id)

    def calls(self, endpoint: str) -> int:
        return sum(1 for name, _ in self.partners.calls if name == endpoint)


@pytest.fixture
def till(cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners) -> Till:
    return Till(http, partners)
