"""Signatures, encryption and refusals of API v3, from WeChat Pay's side. Written apart from the mall's own client."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from infra.local.partners.exchange import Reply, Request, json_reply
from infra.local.partners.keys import Credentials

SCHEME = "WECHATPAY2-SHA256-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"
CLOCK_SKEW_SECONDS = 300
_CHINA = ZoneInfo("Asia/Shanghai")
_FIELD = re.compile(r'(\w+)="([^"]*)"')


# The number at the end of Request-ID: what WeChat Pay's support asks for.
_NUMERIC = {
    "PARAM_ERROR": 268435461,
    "SIGN_ERROR": 268443699,
    "APPID_MCHID_NOT_MATCH": 268445527,
    "OUT_TRADE_NO_USED": 268498688,
    "ORDERPAID": 268498689,
    "FREQUENCY_LIMITED": 268447840,
    "ORDER_NOT_EXIST": 268512771,
}


def request_id(code: str = "") -> str:
    return f"08{secrets.token_hex(16).upper()}-{_NUMERIC.get(code, 268435456) if code else 0}"


class Refusal(Exception):
    """WeChat Pay says no."""

    def __init__(self, status: int, code: str, message: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail

    def reply(self) -> Reply:
        document: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.detail:
            document["detail"] = self.detail
        reply = json_reply(document, self.status)
        reply.headers["Request-ID"] = request_id(self.code)
        return reply


def param_error(field: str, issue: str, value: Any = None) -> Refusal:
    detail = {"location": "body", "field": field, "value": value, "issue": issue}
    return Refusal(400, "PARAM_ERROR", f"参数错误：{field} {issue}", detail)


def china_time(at: datetime) -> str:
    return at.astimezone(_CHINA).isoformat(timespec="seconds")


def sign(key: RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def signed_by(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def check_request(request: Request, keys: Credentials, now: datetime) -> None:
    """Refuse a request that the merchant did not sign, or not now."""
    headers = request.headers
    if not headers.get("user-agent") or "application/json" not in headers.get("accept", ""):
        raise Refusal(400, "PARAM_ERROR", "Http头缺少Accept或User-Agent")
    if request.method == "POST" and not headers.get("content-type", "").startswith("application/json"):
        raise Refusal(400, "PARAM_ERROR", "Http头Content-Type必须为application/json")
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme != SCHEME:
        raise Refusal(401, "SIGN_ERROR", "Http头Authorization认证类型不正确")
    fields = dict(_FIELD.findall(rest))
    missing = {"mchid", "serial_no", "nonce_str", "timestamp", "signature"} - fields.keys()
    if missing:
        raise Refusal(401, "SIGN_ERROR", f"Http头Authorization缺少{'、'.join(sorted(missing))}")
    if fields["mchid"] != keys.merchant_id or fields["serial_no"] != keys.certificate_serial:
        raise Refusal(401, "SIGN_ERROR", "商户证书序列号有误，请使用签名私钥匹配的证书序列号")
    if not fields["timestamp"].isdigit() or abs(now.timestamp() - int(fields["timestamp"])) > CLOCK_SKEW_SECONDS:
        raise Refusal(401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    _check_signature(request, fields, keys)
    if headers.get("wechatpay-serial") != keys.pay_public_key_id:
        raise Refusal(400, "PARAM_ERROR", "Http头Wechatpay-Serial不是有效的微信支付公钥ID")


def _check_signature(request: Request, fields: Mapping[str, str], keys: Credentials) -> None:
    head = f"{request.method}\n{request.target}\n{fields['timestamp']}\n{fields['nonce_str']}\n".encode()
    message = head + request.body + b"\n"
    if signed_by(keys.merchant_public_key, message, fields["signature"]):
        return
    information = {
        "method": request.method,
        "url": request.target,
        "truncated_sign_message": f"{request.method}\n{request.target}\n",
        "sign_message_length": len(message),
    }
    detail = {
        "location": "authorization",
        "field": "signature",
        "detail": {"issue": "sign not match"},
        "sign_information": information,
    }
    raise Refusal(401, "SIGN_ERROR", "签名错误,请检查后再试", detail)


def signature_headers(body: bytes, key: RSAPrivateKey, serial: str, at: datetime) -> dict[str, str]:
    """The five headers of an answer or a notice."""
    timestamp, nonce = str(int(at.timestamp())), secrets.token_urlsafe(24)
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": sign(key, f"{timestamp}\n{nonce}\n".encode() + body + b"\n"),
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": SCHEME,
    }


def seal(document: dict[str, Any], api_v3_key: str, original_type: str) -> dict[str, str]:
    """The encrypted ``resource`` of a notice."""
    nonce = secrets.token_hex(6)
    plain = json.dumps(document, ensure_ascii=False).encode()
    sealed = AESGCM(api_v3_key.encode()).encrypt(nonce.encode(), plain, original_type.encode())
    return {
        "original_type": original_type,
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": original_type,
        "nonce": nonce,
    }
