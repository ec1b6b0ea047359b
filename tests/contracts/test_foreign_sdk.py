"""``wechatpayv3`` as oracle: it was written by others against the real WeChat Pay.

It and our client talk to the same stand-in. What it can do shows that the stand-in speaks the protocol;
what both say the same shows that our client does.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from wechatpayv3 import WeChatPay

from chalicelib.core import clock
from chalicelib.gateways.wechat_pay import service as wechat_pay
from chalicelib.gateways.wechat_pay.errors import ForgedNotice
from chalicelib.gateways.wechat_pay.notices import parse_notice
from infra.local.partners import Partners
from tests.contracts.conftest import NOTIFY_URL

NUMBER = "M00000001"
Sdk = Callable[..., WeChatPay]


@pytest.fixture(autouse=True)
def _present() -> Any:
    """The SDK asks the system for the time: so does everybody here."""
    with clock.use(lambda: datetime.now(UTC)):
        yield


def told(answer: tuple[int, str]) -> tuple[int, dict[str, Any]]:
    status, text = answer
    return status, json.loads(text) if text else {}


def open_with_sdk(sdk: WeChatPay, **changes: Any) -> tuple[int, dict[str, Any]]:
    given = {
        "description": "蚕丝被",
        "out_trade_no": NUMBER,
        "amount": {"total": 9900, "currency": "CNY"},
        "payer": {"openid": "o-buyer"},
    }
    return told(sdk.pay(**{**given, **changes}))


def open_with_ours() -> str:
    return wechat_pay.jsapi_prepay(
        out_trade_no=NUMBER,
        description="蚕丝被",
        total_amount=9900,
        openid="o-buyer",
        expires_at=clock.now() + timedelta(minutes=30),
        notify_url=NOTIFY_URL,
    )


def test_the_sdk_opens_queries_and_closes(foreign: Sdk) -> None:
    sdk = foreign()
    status, opened = open_with_sdk(sdk)
    assert (status, set(opened)) == (200, {"prepay_id"})
    status, trade = told(sdk.query(out_trade_no=NUMBER))
    assert (status, trade["trade_state"], trade["amount"]["total"]) == (200, "NOTPAY", 9900)
    assert told(sdk.close(NUMBER)) == (204, {})
    assert told(sdk.query(out_trade_no=NUMBER))[1]["trade_state"] == "CLOSED"


def test_the_sdk_sees_the_same_refusals(foreign: Sdk, partners: Partners) -> None:
    sdk = foreign()
    status, refusal = told(sdk.query(out_trade_no="NOBODYS1"))
    assert (status, refusal["code"]) == (404, "ORDER_NOT_EXIST")
    partners.wechat_pay.pay(open_with_sdk(sdk)[1]["prepay_id"])
    status, refusal = told(sdk.close(NUMBER))
    assert (status, refusal["code"]) == (400, "ORDERPAID")
    status, refusal = open_with_sdk(sdk, out_trade_no="M0000002", amount={"total": 0, "currency": "CNY"})
    assert (status, refusal["code"], refusal["detail"]["field"]) == (400, "PARAM_ERROR", "/amount/total")


def test_both_open_the_same_payment(foreign: Sdk, partners: Partners) -> None:
    """Ours opens, theirs repeats it: the same parameters in the same form."""
    open_with_ours()
    first = json.loads(partners.wechat_pay.books.trades[NUMBER].parameters)
    status, opened = open_with_sdk(foreign(), time_expire=first["time_expire"])
    assert status == 200
    assert set(opened) == {"prepay_id"}
    assert len(partners.wechat_pay.books.trades[NUMBER].prepay_ids) == 2


def test_both_tell_the_same_of_a_payment(foreign: Sdk, partners: Partners) -> None:
    partners.wechat_pay.pay(open_with_ours())
    status, theirs = told(foreign().query(out_trade_no=NUMBER))
    ours = wechat_pay.query(NUMBER)
    assert status == 200
    assert (ours.transaction_id, ours.state, ours.total_amount) == (
        theirs["transaction_id"],
        theirs["trade_state"],
        theirs["amount"]["total"],
    )
    assert ours.succeeded_at == datetime.fromisoformat(theirs["success_time"])
    assert foreign().query(transaction_id=ours.transaction_id)[0] == 200


def test_a_refund_of_one_is_the_refund_of_the_other(foreign: Sdk, partners: Partners) -> None:
    partners.wechat_pay.pay(open_with_ours())
    amount = {"refund": 100, "total": 9900, "currency": "CNY"}
    status, theirs = told(
        foreign().refund(out_refund_no="R1", out_trade_no=NUMBER, amount=amount, reason="拍错了", notify_url=NOTIFY_URL)
    )
    assert status == 200
    ours = wechat_pay.refund(
        out_trade_no=NUMBER,
        out_refund_no="R1",
        refund_amount=100,
        total_amount=9900,
        reason="拍错了",
        notify_url=NOTIFY_URL,
    )
    assert ours.refund_id == theirs["refund_id"]
    assert told(foreign().query_refund("R1"))[1]["refund_id"] == wechat_pay.query_refund("R1").refund_id


def test_their_pay_sign_is_ours(foreign: Sdk, partners: Partners) -> None:
    ours = wechat_pay.pay_parameters("wx-prepay")
    parts = [partners.credentials().app_id, ours.timeStamp, ours.nonceStr, ours.package]
    assert foreign().sign(parts) == ours.paySign  # PKCS#1 v1.5 is deterministic


def test_both_read_the_same_notice(foreign: Sdk, partners: Partners) -> None:
    sent: list[tuple[dict[str, str], bytes]] = []
    partners.wechat_pay.notices.post = lambda _, headers, body: sent.append((headers, body)) or 204  # type: ignore[func-returns-value]
    partners.wechat_pay.pay(open_with_ours())
    partners.wechat_pay.notices.deliver_due()
    headers, body = sent[0]
    theirs = foreign().callback(headers, body)
    ours = parse_notice(headers, body, clock.now())
    assert theirs is not None
    assert (ours.id, ours.event_type, ours.subject) == (theirs["id"], theirs["event_type"], theirs["resource"])
    assert foreign(apiv3_key="0" * 32).callback(headers, body) is None


@pytest.mark.parametrize("change", ["body", "probe"])
def test_both_refuse_what_is_not_signed(foreign: Sdk, partners: Partners, change: str) -> None:
    sent: list[tuple[dict[str, str], bytes]] = []
    partners.wechat_pay.notices.post = lambda _, headers, body: sent.append((headers, body)) or 204  # type: ignore[func-returns-value]
    if change == "probe":
        partners.wechat_pay.notices.probe(NOTIFY_URL)
    else:
        partners.wechat_pay.pay(open_with_ours())
        partners.wechat_pay.notices.deliver_due()
    headers, body = sent[0]
    body = body.replace(b"EV-", b"EW-")
    assert foreign().callback(headers, body) is None
    with pytest.raises(ForgedNotice):
        parse_notice(headers, body, clock.now())


def test_the_sdk_is_refused_with_a_wrong_key(foreign: Sdk, partners: Partners) -> None:
    sdk = foreign(private_key=partners.credentials().pay_private_key)
    status, refusal = open_with_sdk(sdk)
    assert (status, refusal["code"]) == (401, "SIGN_ERROR")
    assert not partners.wechat_pay.books.trades


def test_the_sdk_notices_an_unsigned_answer(foreign: Sdk, partners: Partners) -> None:
    partners.faults.api("query", "forged")
    open_with_ours()
    with pytest.raises(Exception, match="verify the signature"):
        foreign().query(out_trade_no=NUMBER)


def test_the_sdk_believes_a_stale_notice_and_we_do_not(foreign: Sdk, partners: Partners) -> None:
    """One of the reasons for our own client: see docs/decisions/0001-own-wechat-pay-client.md."""
    from chalicelib.gateways.wechat_pay.errors import StaleNotice

    sent: list[tuple[dict[str, str], bytes]] = []
    partners.wechat_pay.notices.post = lambda _, headers, body: sent.append((headers, body)) or 204  # type: ignore[func-returns-value]
    partners.faults.notice("stale")
    partners.wechat_pay.pay(open_with_ours())
    partners.wechat_pay.notices.deliver_due()
    assert foreign().callback(*sent[0]) is not None
    with pytest.raises(StaleNotice):
        parse_notice(*sent[0], clock.now())


@pytest.fixture
def forged(partners: Partners) -> tuple[dict[str, str], bytes]:
    sent: list[tuple[dict[str, str], bytes]] = []
    partners.wechat_pay.notices.post = lambda _, headers, body: sent.append((headers, body)) or 204  # type: ignore[func-returns-value]
    partners.faults.notice("forged")
    partners.wechat_pay.pay(open_with_ours())
    partners.wechat_pay.notices.deliver_due()
    partners.calls.clear()
    return sent[0]


def test_the_sdk_trips_over_a_missing_header_and_we_refuse_it(
    foreign: Sdk, forged: tuple[dict[str, str], bytes]
) -> None:
    """Another of the reasons."""
    headers = {name: value for name, value in forged[0].items() if not name.endswith("-Type")}
    with pytest.raises(Exception, match="does not support this algorithm"):
        foreign().callback(headers, forged[1])
    with pytest.raises(ForgedNotice):
        parse_notice(headers, forged[1], clock.now())


def test_a_stranger_makes_the_sdk_call_wechat_pay_and_not_us(
    foreign: Sdk, partners: Partners, forged: tuple[dict[str, str], bytes]
) -> None:
    """And another: whoever finds the hook decides how often WeChat Pay is asked for certificates."""
    headers = {**forged[0], "Wechatpay-Serial": "PUB_KEY_ID_1"}
    with pytest.raises(ForgedNotice):
        parse_notice(headers, forged[1], clock.now())
    assert not partners.calls
    assert foreign().callback(headers, forged[1]) is None
    assert len(partners.calls) == 1
