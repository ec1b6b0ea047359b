from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat_pay import service as wechat_pay
from infra.local.partners import Partners
from tests.harness import MovableClock

NOTIFY_URL = "https://mall.test/hooks/wechat-pay"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partners get 0.3 seconds."""
    monkeypatch.setenv("SIYU_PARTNER_TIMEOUT_SECONDS", "0.3")
    settings.cache_clear()


@pytest.fixture
def open_trade(frozen: MovableClock, partners: Partners) -> Callable[..., str]:
    """``open_trade("M0000001", total_amount=9900)`` opens a payment and returns its prepay_id."""

    def run(out_trade_no: str = "M00000001", *, total_amount: int = 9900, minutes: float = 30) -> str:
        return wechat_pay.jsapi_prepay(
            out_trade_no=out_trade_no,
            description="蚕丝被 等2件",
            total_amount=total_amount,
            openid="o-buyer",
            expires_at=clock.now() + timedelta(minutes=minutes),
            notify_url=NOTIFY_URL,
        )

    return run


@pytest.fixture
def paid_trade(open_trade: Callable[..., str], partners: Partners) -> str:
    """The number of a payment of 99 yuan that has succeeded."""
    partners.wechat_pay.pay(open_trade())
    return "M00000001"
