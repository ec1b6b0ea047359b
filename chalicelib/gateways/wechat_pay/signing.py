"""RSA and AES of API v3. ``cryptography`` is loaded at the first signature, not at a cold start.

Messages and algorithms: partner documentation "签名生成", "签名验证", "证书和回调报文解密".
"""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.core import clock
from chalicelib.core.settings import settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

SCHEME = "WECHATPAY2-SHA256-RSA2048"


def authorization(method: str, target: str, body: bytes) -> str:
    """The ``Authorization`` header of a request; fresh at each call.

    :param target: path and query exactly as sent, without the host.
    """
    timestamp, nonce = _now(), secrets.token_hex(16)
    signature = sign(f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n")
    fields = {
        "mchid": settings().wechat_pay_merchant_id,
        "nonce_str": nonce,
        "signature": signature,
        "timestamp": timestamp,
        "serial_no": settings().wechat_pay_certificate_serial,
    }
    return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in fields.items())


def sign(message: bytes) -> str:
    """Base64 of the merchant's RSA-SHA256 signature (PKCS#1 v1.5)."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    key = _private_key(settings().wechat_pay_private_key)
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def verified(serial: str, timestamp: str, nonce: str, body: bytes, signature: str) -> bool:
    """Whether WeChat Pay's key named by *serial* signed ``timestamp, nonce, body``. Says nothing about freshness."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    # While the key changes there are two: each is believed under its own id only.
    pem = settings().wechat_pay_public_keys.get(serial)
    if pem is None:
        return False
    try:
        # The partner's probes ("WECHATPAY/SIGNTEST/...") fail here like any other wrong signature.
        raw = base64.b64decode(signature, validate=True)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        _public_key(pem).verify(raw, message, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def fresh(timestamp: str, now: datetime, *, within_seconds: int = 300) -> bool:
    """Whether the partner's *timestamp* (Unix seconds as text) is near *now*."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= within_seconds


def decrypt(nonce: str, ciphertext: str, associated_data: str) -> bytes:
    """Open an ``AEAD_AES_256_GCM`` resource with the APIv3 key.

    :raises ValueError: another key, or changed on the way.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        key = AESGCM(settings().wechat_pay_api_v3_key.encode())
        return key.decrypt(nonce.encode(), sealed, associated_data.encode())
    except (InvalidTag, binascii.Error) as error:
        raise ValueError("the resource does not open") from error


def pay_sign(prepay_id: str) -> dict[str, str]:
    """The signed parameters of ``wx.requestPayment``; the app id is signed but not passed."""
    timestamp, nonce, package = _now(), secrets.token_hex(16), f"prepay_id={prepay_id}"
    signature = sign(f"{settings().wechat_app_id}\n{timestamp}\n{nonce}\n{package}\n".encode())
    return {"timeStamp": timestamp, "nonceStr": nonce, "package": package, "signType": "RSA", "paySign": signature}


def _now() -> str:
    return str(int(clock.now().timestamp()))


@lru_cache(maxsize=4)
def _private_key(pem: str) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    # The check of the primes costs 36 ms at a cold start and guards against keys from strangers; this one is ours,
    # and a damaged one is told by the first SIGN_ERROR.
    key = load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("wechat_pay_private_key is not an RSA key")
    return key


@lru_cache(maxsize=4)
def _public_key(pem: str) -> RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("wechat_pay_public_key is not an RSA key")
    return key
