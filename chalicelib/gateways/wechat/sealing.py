"""Signature and encryption of messages that WeChat pushes to us, and of our answers to them.

Nothing here reads a setting: token, key and owner are given. Source: WeChat's "message push" page, whose test vectors
are in ``tests/gateways/test_sealing.py``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK = 32  # PKCS#7 to 32 bytes, although AES has blocks of 16
_RANDOM, _LENGTH = 16, 4


def signature(*parts: str) -> str:
    """SHA-1 over the sorted parts, hexadecimal."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def signed(given: str, *parts: str) -> bool:
    """Whether *given* is the signature of *parts*; takes the same time either way."""
    return hmac.compare_digest(signature(*parts).encode(), given.encode(errors="replace"))


def decrypt(aes_key: str, sealed: str) -> tuple[bytes, str]:
    """The message in *sealed* and its owner (the app id, or a company's id).

    :param aes_key: ``EncodingAESKey``, 43 characters.
    :raises ValueError: it does not open with this key, or is not what the protocol promises.
    """
    try:
        raw = base64.b64decode(sealed, validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if not raw or len(raw) % 16:
        raise ValueError("not whole blocks")
    decryptor = _cipher(aes_key).decryptor()
    plain = _unpad(decryptor.update(raw) + decryptor.finalize())
    begin = _RANDOM + _LENGTH
    end = begin + int.from_bytes(plain[_RANDOM:begin], "big")
    if len(plain) < begin or end > len(plain):
        raise ValueError("shorter than it says")
    return plain[begin:end], plain[end:].decode()


def encrypt(aes_key: str, message: bytes, owner: str, random: bytes) -> str:
    """*message* sealed for *owner*. *random*: 16 fresh bytes."""
    if len(random) != _RANDOM:
        raise ValueError("16 random bytes go in front")
    plain = random + len(message).to_bytes(_LENGTH, "big") + message + owner.encode()
    pad = _BLOCK - len(plain) % _BLOCK
    encryptor = _cipher(aes_key).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()


def _cipher(aes_key: str) -> Cipher[CBC]:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _unpad(plain: bytes) -> bytes:
    pad = plain[-1]
    if not 1 <= pad <= _BLOCK or pad > len(plain) or plain[-pad:] != bytes([pad]) * pad:
        raise ValueError("bad padding")
    return plain[:-pad]
