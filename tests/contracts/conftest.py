from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from wechatpayv3 import WeChatPay, WeChatPayType

from chalicelib.gateways.wechat_pay import signing
from infra.local.partners import Partners
from infra.local.partners.keys import Credentials

NOTIFY_URL = "https://mall.test/hooks/wechat-pay"
NUMBER = "M00000001"
JSAPI = "/v3/pay/transactions/jsapi"
REFUNDS = "/v3/refund/domestic/refunds"


@pytest.fixture
def foreign(partners: Partners) -> Callable[..., WeChatPay]:
    """``foreign(api_v3_key=...)``: the SDK that many shops use, pointed at the same stand-in."""
    keys: Credentials = partners.credentials()

    def make(**changes: str) -> WeChatPay:
        given = {
            "mchid": keys.merchant_id,
            "private_key": keys.merchant_private_key,
            "cert_serial_no": keys.certificate_serial,
            "appid": keys.app_id,
            "apiv3_key": keys.api_v3_key,
            "notify_url": NOTIFY_URL,
            "public_key": keys.pay_public_key,
            "public_key_id": keys.pay_public_key_id,
        }
        sdk = WeChatPay(WeChatPayType.JSAPI, timeout=(1, 5), **{**given, **changes})
        sdk._core._gate_way = partners.base_urls["wechat_pay"]
        return sdk

    return make


@pytest.fixture
def pool() -> Any:
    with urllib3.PoolManager(retries=False) as made:
        yield made


@pytest.fixture
def pay_api(partners: Partners, pool: urllib3.PoolManager) -> Callable[..., tuple[int, dict[str, Any]]]:
    """A bare, well-signed call; *headers* spoil it (None removes one)."""

    def run(
        method: str, target: str, document: Any = None, *, headers: dict[str, str | None] | None = None
    ) -> tuple[int, dict[str, Any]]:
        body = b"" if document is None else json.dumps(document).encode()
        given = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "test",
            "Wechatpay-Serial": partners.credentials().pay_public_key_id,
            "Authorization": signing.authorization(method, target, body),
            **(headers or {}),
        }
        sent = {name: urllib3.util.SKIP_HEADER if value is None else value for name, value in given.items()}
        sent = {
            name: value for name, value in sent.items() if value != urllib3.util.SKIP_HEADER or name == "User-Agent"
        }
        answer = pool.request(method, partners.base_urls["wechat_pay"] + target, body=body or None, headers=sent)
        return answer.status, json.loads(answer.data) if answer.data else {}

    return run


@pytest.fixture
def order(partners: Partners) -> dict[str, Any]:
    keys = partners.credentials()
    return {
        "appid": keys.app_id,
        "mchid": keys.merchant_id,
        "description": "蚕丝被",
        "out_trade_no": NUMBER,
        "notify_url": NOTIFY_URL,
        "amount": {"total": 100, "currency": "CNY"},
        "payer": {"openid": "o-buyer"},
    }


@pytest.fixture
def pay(pay_api: Callable[..., Any], partners: Partners, order: dict[str, Any]) -> Callable[[], str]:
    def run() -> str:
        partners.wechat_pay.pay(pay_api("POST", JSAPI, order)[1]["prepay_id"])
        return next(reversed(partners.wechat_pay.books.notices))

    return run
