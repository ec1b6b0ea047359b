"""WeChat Pay fails: each fault has its type, and nothing is done twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.core import clock, http
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.gateways.wechat_pay import errors, signing
from chalicelib.gateways.wechat_pay import service as wechat_pay
from chalicelib.gateways.wechat_pay.schemas import Refund, RefundState, TradeState
from infra.local.partners import Partners
from tests.gateways.conftest import NOTIFY_URL
from tests.harness import MovableClock

NUMBER = "M00000001"


def refund(**changes: object) -> Refund:
    given = {"out_trade_no": NUMBER, "out_refund_no": "R1", "refund_amount": 100, "total_amount": 9900}
    return wechat_pay.refund(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("500", errors.PaySystemError),
        ("502", errors.PaySystemError),
        ("429", errors.FrequencyLimited),
        ("busy", errors.FrequencyLimited),
        ("garbage", errors.UnsignedAnswer),
        ("unsigned", errors.UnsignedAnswer),
        ("forged", errors.UnsignedAnswer),
        ("reset", http.PartnerTimeout),
    ],
)
def test_a_fault_that_stays_has_its_type_one_that_goes_is_not_noticed(
    open_trade: Callable[..., str], partners: Partners, kind: str, error: type[http.PartnerError]
) -> None:
    open_trade()
    partners.faults.api("query", kind, times=2)
    assert wechat_pay.query(NUMBER).state is TradeState.NOTPAY
    partners.faults.api("query", kind, times=3)
    with pytest.raises(error) as caught:
        wechat_pay.query(NUMBER)
    assert isinstance(caught.value, PartnerUnavailable)
    assert caught.value.retryable


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("kind", ["timeout", "lost_answer"])
def test_silence(open_trade: Callable[..., str], partners: Partners, kind: str) -> None:
    open_trade()
    partners.faults.api("close", kind, seconds=5)
    started = time.monotonic()
    with pytest.raises(http.PartnerTimeout) as caught:
        wechat_pay.close(NUMBER)
    assert time.monotonic() - started < 2
    assert caught.value.may_have_happened
    expected = TradeState.CLOSED if kind == "lost_answer" else TradeState.NOTPAY
    assert wechat_pay.query(NUMBER).state is expected
    wechat_pay.close(NUMBER)


@pytest.mark.usefixtures("impatient")
def test_a_refund_with_a_lost_answer_is_not_done_twice(paid_trade: str, partners: Partners) -> None:
    partners.faults.api("refund", "lost_answer", seconds=5)
    with pytest.raises(http.PartnerTimeout):
        refund()
    assert refund().state is RefundState.SUCCESS
    assert len(partners.wechat_pay.trade(NUMBER)["refunds"]) == 1


def test_an_empty_204_has_to_be_signed_too(open_trade: Callable[..., str], partners: Partners) -> None:
    open_trade()
    partners.faults.api("close", "unsigned", times=3)
    with pytest.raises(errors.UnsignedAnswer):
        wechat_pay.close(NUMBER)


def test_an_old_answer_is_not_believed(open_trade: Callable[..., str], frozen: MovableClock) -> None:
    open_trade()

    def drift(moment: str, method: str, url: str) -> None:
        if moment == "after":
            frozen.move(seconds=301)

    http.observers.append(drift)
    try:
        with pytest.raises(errors.UnsignedAnswer):
            wechat_pay.query(NUMBER)
    finally:
        http.observers.remove(drift)


def test_a_signed_answer_without_its_fields_is_broken(
    frozen: MovableClock, partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.local.partners.exchange import json_reply

    answers = [{}, {"prepay_id": ""}, {"prepay_id": 5}, {"trade_state": "NEW"}]
    for answer in answers:
        monkeypatch.setattr(partners.wechat_pay.api, "handle", lambda _, told=answer: json_reply(told))
        with pytest.raises(http.PartnerBroken):
            wechat_pay.query(NUMBER)
        with pytest.raises(http.PartnerBroken):
            wechat_pay.jsapi_prepay(
                out_trade_no=NUMBER,
                description="d",
                total_amount=1,
                openid="o",
                expires_at=clock.now() + timedelta(minutes=5),
                notify_url=NOTIFY_URL,
            )


def test_each_try_is_signed_anew(frozen: MovableClock, partners: Partners) -> None:
    one, two = (signing.authorization("GET", "/v3/x", b"") for _ in range(2))
    assert one != two


def test_nothing_secret_is_logged(paid_trade: str, partners: Partners, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="chalicelib"):
        refund(reason="张三的电话13800138000")
        wechat_pay.query(NUMBER)
    told = str([vars(record) for record in caplog.records])
    assert "partner called" in told
    assert "13800138000" not in told
    assert "o-buyer" not in told
    assert "WECHATPAY2" not in told
