"""The stand-in is strict: a mall that passes here is not flattered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from chalicelib.gateways.wechat_pay import signing
from infra.local.partners import Partners, Refused
from tests.contracts.conftest import JSAPI, NUMBER, REFUNDS
from tests.harness import MovableClock

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": None}, 401, "SIGN_ERROR"),
        ({"Authorization": "Bearer x"}, 401, "SIGN_ERROR"),
        ({"Authorization": 'WECHATPAY2-SHA256-RSA2048 mchid="1"'}, 401, "SIGN_ERROR"),
        ({"Accept": None}, 400, "PARAM_ERROR"),
        ({"User-Agent": None}, 400, "PARAM_ERROR"),
        ({"Content-Type": "text/plain"}, 400, "PARAM_ERROR"),
        ({"Wechatpay-Serial": None}, 400, "PARAM_ERROR"),
        ({"Wechatpay-Serial": "PUB_KEY_ID_1"}, 400, "PARAM_ERROR"),
    ],
)
def test_badly_dressed_requests_are_refused(
    pay_api: Callable[..., Any],
    partners: Partners,
    order: dict[str, Any],
    headers: dict[str, str | None],
    status: int,
    code: str,
) -> None:
    answered, refusal = pay_api("POST", JSAPI, order, headers=headers)
    assert (answered, refusal["code"]) == (status, code)
    assert not partners.wechat_pay.books.trades


@pytest.mark.parametrize("what", ["method", "target", "body", "late"])
def test_a_signature_of_something_else_is_refused(
    pay_api: Callable[..., Any], partners: Partners, order: dict[str, Any], frozen: MovableClock, what: str
) -> None:
    method, target, body = "POST", JSAPI, json.dumps(order).encode()
    if what == "method":
        method = "GET"
    if what == "target":
        target += "?x=1"
    if what == "body":
        body += b" "
    authorization = signing.authorization(method, target, body)
    if what == "late":
        frozen.move(seconds=301)
    answered, refusal = pay_api("POST", JSAPI, order, headers={"Authorization": authorization})
    assert (answered, refusal["code"]) == (401, "SIGN_ERROR")
    assert not partners.wechat_pay.books.trades


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("appid", "wx-another", "APPID_MCHID_NOT_MATCH"),
        ("mchid", "1900000000", "PARAM_ERROR"),
        ("description", "", "PARAM_ERROR"),
        ("description", "x" * 128, "PARAM_ERROR"),
        ("out_trade_no", "short", "PARAM_ERROR"),
        ("out_trade_no", "x" * 33, "PARAM_ERROR"),
        ("out_trade_no", "has space", "PARAM_ERROR"),
        ("time_expire", "tomorrow", "PARAM_ERROR"),
        ("time_expire", "2026-11-24T10:30:00", "PARAM_ERROR"),
        ("time_expire", "2026-11-24T10:00:59+08:00", "PARAM_ERROR"),
        ("time_expire", "2027-11-24T10:00:00+08:00", "PARAM_ERROR"),
        ("attach", "x" * 129, "PARAM_ERROR"),
        ("notify_url", "http://mall.test/hooks", "PARAM_ERROR"),
        ("notify_url", "https://mall.test/hooks?a=1", "PARAM_ERROR"),
        ("notify_url", "https://mall.test", "PARAM_ERROR"),
        ("amount", {"total": 0}, "PARAM_ERROR"),
        ("amount", {"total": 1.0}, "PARAM_ERROR"),
        ("amount", {"total": True}, "PARAM_ERROR"),
        ("amount", {"total": "1"}, "PARAM_ERROR"),
        ("amount", {"total": 1, "currency": "USD"}, "PARAM_ERROR"),
        ("amount", 100, "PARAM_ERROR"),
        ("payer", {}, "PARAM_ERROR"),
        ("payer", {"openid": "o", "name": "x"}, "PARAM_ERROR"),
        ("totally", "unknown", "PARAM_ERROR"),
    ],
)
def test_every_bad_field_is_refused(
    pay_api: Callable[..., Any], partners: Partners, order: dict[str, Any], path: str, value: Any, code: str
) -> None:
    answered, refusal = pay_api("POST", JSAPI, {**order, path: value})
    assert (answered, refusal["code"]) == (400, code)
    assert not partners.wechat_pay.books.trades


@pytest.mark.parametrize("name", ["appid", "mchid", "description", "out_trade_no", "notify_url", "amount", "payer"])
def test_every_missing_field_is_refused(pay_api: Callable[..., Any], order: dict[str, Any], name: str) -> None:
    del order[name]
    assert pay_api("POST", JSAPI, order)[0] == 400


def test_a_body_that_is_no_object(pay_api: Callable[..., Any]) -> None:
    assert pay_api("POST", JSAPI, [1])[0] == 400


def test_unknown_addresses(pay_api: Callable[..., Any]) -> None:
    assert pay_api("GET", "/v3/certificates")[0] == 404
    assert pay_api("GET", JSAPI)[0] == 404


def test_another_merchants_payment_can_not_be_asked_for(pay_api: Callable[..., Any], order: dict[str, Any]) -> None:
    pay_api("POST", JSAPI, order)
    target = f"/v3/pay/transactions/out-trade-no/{NUMBER}"
    assert pay_api("GET", target)[0] == 400
    assert pay_api("GET", f"{target}?mchid=1900000000")[0] == 400
    assert pay_api("POST", f"{target}/close", {"mchid": "1900000000"})[0] == 400


def test_a_prepay_id_lives_two_hours(
    pay_api: Callable[..., Any], partners: Partners, order: dict[str, Any], frozen: MovableClock
) -> None:
    first = pay_api("POST", JSAPI, order)[1]["prepay_id"]
    frozen.move(hours=2)
    with pytest.raises(Refused, match="PREPAY_EXPIRED"):
        partners.wechat_pay.pay(first)
    partners.wechat_pay.pay(pay_api("POST", JSAPI, order)[1]["prepay_id"])


def test_without_time_expire_a_payment_dies_after_seven_days(
    pay_api: Callable[..., Any], partners: Partners, order: dict[str, Any], frozen: MovableClock
) -> None:
    pay_api("POST", JSAPI, order)
    frozen.move(days=7, seconds=-1)
    assert partners.wechat_pay.trade(NUMBER)["trade_state"] == "NOTPAY"
    frozen.move(seconds=1)
    assert partners.wechat_pay.trade(NUMBER)["trade_state"] == "CLOSED"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda given: given.update(paySign=given["paySign"][:-8] + "AAAAAAA="),
        lambda given: given.update(timeStamp="1"),
        lambda given: given.update(nonceStr="another"),
        lambda given: given.update(signType="MD5"),
        lambda given: given.pop("paySign"),
    ],
)
def test_a_payment_sheet_with_a_wrong_signature_does_not_open(
    pay_api: Callable[..., Any], partners: Partners, order: dict[str, Any], spoil: Callable[[dict[str, str]], Any]
) -> None:
    parameters = signing.pay_sign(pay_api("POST", JSAPI, order)[1]["prepay_id"])
    spoil(parameters)
    with pytest.raises(Refused, match="PAY_SIGN_ERROR"):
        partners.wechat_pay.pay(parameters=parameters)
    assert partners.wechat_pay.trade(NUMBER)["trade_state"] == "NOTPAY"


def test_a_canceled_sheet_can_be_opened_again(
    pay_api: Callable[..., Any], partners: Partners, order: dict[str, Any]
) -> None:
    prepay_id = pay_api("POST", JSAPI, order)[1]["prepay_id"]
    partners.wechat_pay.cancel(prepay_id)
    assert partners.wechat_pay.trade(NUMBER)["trade_state"] == "NOTPAY"
    assert not partners.wechat_pay.books.notices
    partners.wechat_pay.pay(prepay_id)


def test_fifty_refunds_and_no_more(pay_api: Callable[..., Any], partners: Partners, order: dict[str, Any]) -> None:
    partners.wechat_pay.pay(pay_api("POST", JSAPI, order)[1]["prepay_id"])
    refund = {"out_trade_no": NUMBER, "amount": {"refund": 1, "total": 100, "currency": "CNY"}}
    for count in range(50):
        assert pay_api("POST", REFUNDS, {**refund, "out_refund_no": f"R{count}"})[0] == 200
    answered, refusal = pay_api("POST", REFUNDS, {**refund, "out_refund_no": "R50"})
    assert (answered, refusal["code"]) == (400, "INVALID_REQUEST")
    assert pay_api("POST", REFUNDS, {**refund, "out_refund_no": "R49"})[0] == 200


def test_a_year_later_nothing_is_refunded(
    pay_api: Callable[..., Any], partners: Partners, order: dict[str, Any], frozen: MovableClock
) -> None:
    partners.wechat_pay.pay(pay_api("POST", JSAPI, order)[1]["prepay_id"])
    frozen.move(days=366)
    refund = {"out_trade_no": NUMBER, "out_refund_no": "R", "amount": {"refund": 1, "total": 100, "currency": "CNY"}}
    assert pay_api("POST", REFUNDS, refund)[0] == 400


def test_strict_openids_know_only_who_logged_in(
    pay_api: Callable[..., Any], partners: Partners, order: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        partners.wechat_pay.api, "known_openid", lambda openid: openid in partners.wechat.state.unionids
    )
    assert pay_api("POST", JSAPI, order)[1]["detail"]["field"] == "/payer/openid"
    partners.wechat.new_login_code("o-buyer")
    assert pay_api("POST", JSAPI, order)[0] == 200


def test_the_token_renews_in_its_last_five_minutes_and_both_work(
    partners: Partners, pool: urllib3.PoolManager, frozen: MovableClock
) -> None:
    keys, base = partners.credentials(), partners.base_urls["wechat"]
    asked = {"grant_type": "client_credential", "appid": keys.app_id, "secret": keys.app_secret}

    def token(**more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = pool.request("POST", f"{base}/cgi-bin/stable_token", json={**asked, **more}).json()
        return answer

    def works(value: str) -> int:
        url = f"{base}/wxa/business/getuserphonenumber?access_token={value}"
        code = partners.wechat.new_phone_code("1")
        return int(pool.request("POST", url, json={"code": code}).json()["errcode"])

    first = token()
    frozen.move(minutes=114, seconds=59)
    again = token()
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 301)
    frozen.move(seconds=1)
    second = token()
    assert (second["access_token"] != first["access_token"], second["expires_in"]) == (True, 7200)
    assert (works(first["access_token"]), works(second["access_token"])) == (0, 0)
    frozen.move(minutes=5)
    assert (works(first["access_token"]), works(second["access_token"]), works("x")) == (42001, 0, 40001)
    third = token(force_refresh=True)
    assert (works(second["access_token"]), works(third["access_token"])) == (40001, 0)
    assert token(force_refresh=True)["errcode"] == 45011
    assert works("") == 41001


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"appid": "wx"}, 40013),
        ({"appid": ""}, 41002),
        ({"secret": "x"}, 40125),
        ({"secret": ""}, 41004),
        ({"grant_type": "x"}, 40002),
        ({"force_refresh": "yes"}, 47001),
    ],
)
def test_token_refusals(partners: Partners, pool: urllib3.PoolManager, changes: dict[str, str], code: int) -> None:
    keys = partners.credentials()
    asked = {"grant_type": "client_credential", "appid": keys.app_id, "secret": keys.app_secret, **changes}
    answer = pool.request("POST", partners.base_urls["wechat"] + "/cgi-bin/stable_token", json=asked)
    assert (answer.status, answer.json()["errcode"]) == (200, code)
    assert " rid: " in answer.json()["errmsg"]
