"""Kuaidi100's signatures: MD5 over the very characters that are sent. Its protocol, not our choice."""

from __future__ import annotations

import hashlib
import hmac


def sign_query(param: str, key: str, customer: str) -> str:
    """The ``sign`` of a query: ``UPPER(MD5(param + key + customer))``."""
    return _md5(param + key + customer)


def sign_callback(param: str, salt: str) -> str:
    """The ``sign`` of a callback: ``UPPER(MD5(param + salt))``."""
    return _md5(param + salt)


def verified(param: str, sign: str, salt: str) -> bool:
    """Whether a callback's *sign* (any case) is made with *salt* over *param* as it came."""
    return hmac.compare_digest(sign_callback(param, salt).encode(), sign.strip().upper().encode())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
