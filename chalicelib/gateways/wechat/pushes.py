"""Messages that WeChat pushes to us: proven to be its own, fresh and for this app, then opened.

The setting ``wechat_push_aes_key`` decides which kind is believed. With it, only encrypted messages are (WeChat's
"safe" and "compatible" modes), whose signature covers the content. Without it, plain ones: there the signature covers
no content, so that anybody who sees one request can send another within its five minutes. Use safe mode.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import documents, sealing
from chalicelib.gateways.wechat.documents import Form
from chalicelib.gateways.wechat.errors import (
    ForeignPush,
    ForgedPush,
    MalformedPush,
    PushesOff,
    PushTooLarge,
    StalePush,
    UnreadablePush,
)

log = logging.getLogger(__name__)

FRESH_SECONDS = 300
_CONTENT_TYPES = {Form.JSON: "application/json; charset=utf-8", Form.XML: "text/xml; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Letter:
    """One push, opened. ``sealed``: it came encrypted, and so goes the answer."""

    document: Mapping[str, Any]
    form: Form
    sealed: bool


def check_url(query: Mapping[str, str], now: datetime) -> str:
    """What to answer when WeChat asks whether the address is ours: ``echostr``, bare.

    :raises PushesOff: no token is set. :raises ForgedPush: not signed with it. :raises StalePush: signed long ago.
    :raises MalformedPush: nothing to echo.
    """
    _require_signed(query, "signature")
    _require_fresh(query, now)
    echo = query.get("echostr", "")
    if not re.fullmatch(r"[\x21-\x7e]{1,128}", echo):
        raise MalformedPush
    return echo


def open_push(query: Mapping[str, str], body: bytes, now: datetime) -> Letter:
    """The push in *body*, proven to be WeChat's.

    :param query: of the request. :param body: the bytes as they came.
    :raises PushesOff: no token is set. :raises PushTooLarge: longer than any push.
    :raises MalformedPush: neither JSON nor XML, or not in the mode that the settings ask for.
    :raises ForgedPush: not signed with our token. :raises StalePush: signed more than five minutes ago: a replay.
    :raises ForeignPush: truly signed, but for another app.
    :raises UnreadablePush: truly signed, but it does not open: the key is wrong.
    """
    _token()
    if len(body) > documents.MAX_BYTES:
        raise PushTooLarge(limit=documents.MAX_BYTES)
    form, aes_key = documents.form_of(body), settings().wechat_push_aes_key
    if aes_key is None:
        _require_signed(query, "signature")
        _require_fresh(query, now)
        return Letter(_read(body, form), form, sealed=False)
    envelope = _read(body, form).get("Encrypt")
    if not isinstance(envelope, str):
        raise MalformedPush
    _require_signed(query, "msg_signature", envelope)
    _require_fresh(query, now)
    return _unseal(aes_key, envelope)


def answer(document: Mapping[str, Any], letter: Letter, now: datetime) -> tuple[str, str]:
    """A passive reply to *letter*, in its form, encrypted if it was. Returns body and content type."""
    text = documents.write(document, letter.form)
    if letter.sealed:
        random, nonce = secrets.token_hex(8).encode(), str(secrets.randbelow(10**9))
        text = documents.write(seal(text, random, str(int(now.timestamp())), nonce), letter.form)
    return text, _CONTENT_TYPES[letter.form]


def seal(text: str, random: bytes, timestamp: str, nonce: str) -> dict[str, Any]:
    """The envelope of an encrypted reply. *random*: 16 bytes."""
    envelope = sealing.encrypt(settings().wechat_push_aes_key or "", text.encode(), settings().wechat_app_id, random)
    signature = sealing.signature(_token(), timestamp, nonce, envelope)
    return {"Encrypt": envelope, "MsgSignature": signature, "TimeStamp": int(timestamp), "Nonce": nonce}


def _token() -> str:
    token = settings().wechat_push_token
    if token is None:
        raise PushesOff
    return token


def _require_signed(query: Mapping[str, str], name: str, *more: str) -> None:
    # The parts are joined without a separator: what is not of the usual shape could be moved from one to the other.
    token, timestamp, nonce = _token(), query.get("timestamp", ""), query.get("nonce", "")
    usual = re.fullmatch(r"[0-9]{10}", timestamp) and re.fullmatch(r"[A-Za-z0-9]{1,32}", nonce)
    if not usual or not sealing.signed(query.get(name, ""), token, timestamp, nonce, *more):
        log.warning("push refused: not signed by wechat")
        raise ForgedPush


def _require_fresh(query: Mapping[str, str], now: datetime) -> None:
    if abs(now.timestamp() - int(query["timestamp"])) > FRESH_SECONDS:
        log.warning("push refused: stale", extra={"timestamp": query["timestamp"]})
        raise StalePush


def _read(body: bytes, form: Form) -> dict[str, Any]:
    try:
        return documents.read(body, form)
    except ValueError:
        raise MalformedPush from None


def _unseal(aes_key: str, envelope: str) -> Letter:
    try:
        message, owner = sealing.decrypt(aes_key, envelope)
        form = documents.form_of(message)
        document = documents.read(message, form)
    except ValueError as error:
        # Only what WeChat has signed comes here: a wrong EncodingAESKey, or a protocol we do not know.
        log.error("push not readable", extra={"alarm": True, "reason": str(error)})
        raise UnreadablePush from None
    if owner != settings().wechat_app_id:
        log.warning("push refused: for another app")
        raise ForeignPush
    return Letter(document, form, sealed=True)
