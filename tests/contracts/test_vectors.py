"""Known answers: a change of ours or of a library that breaks the protocol fails here, without any server."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat_pay import signing
from infra.local.partners import Partners

AT = datetime(2026, 11, 22, 2, 0, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _then() -> object:
    with clock.use(lambda: AT):
        yield


def test_open_a_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    """AEAD_AES_256_GCM with nonce, associated data and key as UTF-8, tag at the end of the ciphertext."""
    monkeypatch.setenv("SIYU_WECHAT_PAY_API_V3_KEY", "0123456789abcdef0123456789abcdef")
    settings.cache_clear()
    sealed = "DUcclrHBE5NffFMk6pzEyhUOzEutyRYUPwksR5yDahsVXLBiSA=="
    assert signing.decrypt("fdasflkja484", sealed, "transaction") == b'{"out_trade_no":"T1"}'
    with pytest.raises(ValueError, match="does not open"):
        signing.decrypt("fdasflkja484", sealed, "refund")


def parse(header: str) -> dict[str, str]:
    scheme, _, rest = header.partition(" ")
    assert scheme == "WECHATPAY2-SHA256-RSA2048"
    return {name: value.strip('"') for name, _, value in (part.partition("=") for part in rest.split(","))}


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/v3/pay/transactions/out-trade-no/M1?mchid=1900000109", b""),
        ("POST", "/v3/pay/transactions/jsapi", '{"description":"蚕丝被"}'.encode()),
    ],
)
def test_the_request_message_has_five_lines(partners: Partners, method: str, target: str, body: bytes) -> None:
    fields = parse(signing.authorization(method, target, body))
    assert fields["timestamp"] == str(int(AT.timestamp()))
    message = b"\n".join(
        [method.encode(), target.encode(), fields["timestamp"].encode(), fields["nonce_str"].encode(), body, b""]
    )
    key = partners.credentials().merchant_public_key
    key.verify(base64.b64decode(fields["signature"]), message, PKCS1v15(), hashes.SHA256())


def test_the_pay_sign_message_has_four_lines(partners: Partners) -> None:
    given = signing.pay_sign("wx201410272009395522657a690389285100")
    assert given["package"] == "prepay_id=wx201410272009395522657a690389285100"
    assert given["signType"] == "RSA"
    lines = [partners.credentials().app_id, given["timeStamp"], given["nonceStr"], given["package"]]
    key = partners.credentials().merchant_public_key
    message = "".join(f"{line}\n" for line in lines).encode()
    key.verify(base64.b64decode(given["paySign"]), message, PKCS1v15(), hashes.SHA256())


def test_an_answer_is_verified_over_three_lines(partners: Partners) -> None:
    keys = partners.credentials()
    for body in (b"", b'{"a":1}', "被".encode()):
        message = b"1763776805\nnonce\n" + body + b"\n"
        signature = base64.b64encode(keys.pay_key.sign(message, PKCS1v15(), hashes.SHA256())).decode()
        assert signing.verified(keys.pay_public_key_id, "1763776805", "nonce", body, signature)
        assert not signing.verified(keys.pay_public_key_id, "1763776805", "nonce", body + b" ", signature)
        assert not signing.verified("PUB_KEY_ID_1", "1763776805", "nonce", body, signature)
        sha1 = base64.b64encode(keys.pay_key.sign(message, PKCS1v15(), hashes.SHA1())).decode()
        assert not signing.verified(keys.pay_public_key_id, "1763776805", "nonce", body, sha1)


@pytest.mark.parametrize(("seconds", "fresh"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_fresh_is_five_minutes_both_ways(seconds: int, fresh: bool) -> None:
    assert signing.fresh(str(int(AT.timestamp()) + seconds), AT) is fresh
