"""Sealing codes, opening them, and knowing one again. Keys: docs/algorithms/pickup.md, "Keys of codes"."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
from datetime import timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.backfill import Backfill, Fill, Progress
from chalicelib.core.errors import DomainError
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.goods_codes.errors import CodesOff, CodeUnreadable
from chalicelib.trade.fulfillment.goods_codes.models import IDS, CodeKey, GoodsCode

log = logging.getLogger(__name__)
_NONCE = 12
SECOND_LOOK = timedelta(minutes=10)
"""By then no process is left that began with the settings of before."""


class _Made(DomainError):
    """Another process made the key of ids in this moment. Never leaves this module."""

    code = "key_made"


class Fingerprints:
    """Ids of codes. Read one for each upload: the key that makes them is itself sealed, and stays when keys change."""

    def __init__(self) -> None:
        self._key = _ids_key()

    def of(self, sku_id: str, code: str) -> str:
        """The id of a code: tells nothing of it to who does not have the key."""
        return hmac.new(self._key, f"id\0{sku_id}\0{code}".encode(), hashlib.sha256).hexdigest()[:40]


def current() -> str:
    """The id of the key that seals. :raises CodesOff: there is none."""
    secret = settings().goods_code_key
    if secret is None:
        raise CodesOff()
    return key_id(secret)


def key_id(secret: str) -> str:
    """What is noted beside what a key sealed: it tells keys apart, and nothing of them."""
    return hashlib.sha256(b"goods codes id\0" + secret.encode()).hexdigest()[:8]


def seal(plain: bytes, place: str) -> str:
    """AES-256-GCM under the key in use, bound to its *place*. :raises CodesOff:"""
    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(nonce + _cipher(current()).encrypt(nonce, plain, place.encode())).decode()


def seal_code(code: str, sku_id: str, id_: str) -> str:
    """The code as it is stored. :raises CodesOff:"""
    return seal(code.encode(), _place(sku_id, id_))


def opened(item: GoodsCode) -> str:
    """The code. :raises CodeUnreadable: what sealed it is gone; an alarm rings."""
    return _open(item.sealed, _place(item.sku_id, item.id), item.key_id).decode()


def backfills() -> list[Backfill]:
    """While two keys are known: what the other sealed is sealed with the one in use. Plugged into ``core.backfill``.

    Twice: an upload that began before the keys changed may have sealed behind the first look.
    """
    if len(_known()) < 2:
        return []
    _reseal_ids_key()
    first, second = (Backfill(f"reseal_codes_{current()}_{number}", GoodsCode, _look) for number in (1, 2))
    progress = Progress.find(first.name, consistent=True)
    over = progress.finished_at if progress else None
    return [first, second] if over and clock.now() >= over + SECOND_LOOK else [first]


def _look(item: GoodsCode) -> Fill | None:
    if item.key_id == current():
        return None
    try:
        fresh = seal_code(opened(item), item.sku_id, item.id)
    except CodeUnreadable:
        return None  # it rang; whoever finishes the change of keys is refused while it is there
    return Fill([GoodsCode.sealed.set(fresh), GoodsCode.key_id.set(current())], GoodsCode.sealed == item.sealed)


def _ids_key() -> bytes:
    kept = CodeKey.find(IDS, consistent=True)
    if kept is None:
        kept = CodeKey(id=IDS, sealed=seal(secrets.token_bytes(32), IDS), key_id=current())
        try:
            with Transaction() as tx:
                tx.put(kept, only_if=CodeKey.id.does_not_exist(), otherwise=_Made())
        except _Made:
            return _ids_key()
    return _open(kept.sealed, IDS, kept.key_id)


def _reseal_ids_key() -> None:
    kept = CodeKey.find(IDS, consistent=True)
    if kept is None or kept.key_id == current():
        return
    fresh = CodeKey(id=IDS, sealed=seal(_open(kept.sealed, IDS, kept.key_id), IDS), key_id=current())
    try:
        with Transaction() as tx:
            tx.put(fresh, only_if=CodeKey.key_id == kept.key_id, otherwise=_Made())
    except _Made:
        return


def _open(sealed: str, place: str, key: str) -> bytes:
    from cryptography.exceptions import InvalidTag

    raw = base64.b64decode(sealed)
    try:
        if key in _known():
            return bytes(_cipher(key).decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()))
    except InvalidTag:
        pass
    log.error("a sealed code can not be opened", extra={"alarm": True, "place": place, "key_id": key})
    raise CodeUnreadable()


def _place(sku_id: str, id_: str) -> str:
    return f"{sku_id}/{id_}"


def _known() -> dict[str, str]:
    """Key id → secret of those that open: the one that seals, and another while keys change."""
    return {key_id(each): each for each in (settings().goods_code_key, settings().goods_code_key_previous) if each}


def _cipher(key: str) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hashlib.sha256(b"goods codes\0" + _known()[key].encode()).digest())
