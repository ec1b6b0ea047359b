"""Pushes on their way to the feature that they concern: each heard once, whatever WeChat repeats."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.inbox import KEEP, InboxItem
from chalicelib.core.plugs import PlugMap
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat.errors import UnreadablePush
from chalicelib.mall.pushes.schemas import Handler, Push, Reply

log = logging.getLogger(__name__)

handlers: PlugMap[Handler] = PlugMap("wechat_pushes")
replies: PlugMap[Reply] = PlugMap("wechat_replies")

_LATEST = 4_102_444_800  # the year 2100


class AlreadyHeard(DomainError):
    """Never leaves this module."""

    code = "already_heard"


def read(document: Mapping[str, Any]) -> Push:
    """The push that *document* is. :raises UnreadablePush: it lacks what every push has."""
    event = document.get("Event") if document.get("MsgType") == "event" else document.get("MsgType")
    openid, seconds = document.get("FromUserName"), str(document.get("CreateTime"))
    texts = all(isinstance(each, str) and 0 < len(each) <= 128 for each in (event, openid))
    if not texts or not (seconds.isascii() and seconds.isdigit() and int(seconds[:11]) < _LATEST):
        log.error("push not readable", extra={"alarm": True, "reason": "no sender, time or kind"})
        raise UnreadablePush
    return Push(str(event), str(openid), datetime.fromtimestamp(int(seconds), UTC), document)


def hear(push: Push) -> None:
    """Hand *push* to its feature, unless it was heard before. One of no feature is logged, and that is all.

    :raises DomainError: what the feature refuses; nothing was written, and WeChat repeats the push.
    """
    handler = handlers.get(push.event)
    if handler is None:
        log.info("push of no concern", extra={"push": push.event})
        return
    heard = InboxItem(id=_identity(push), expires_at=int((clock.now() + KEEP).timestamp()))
    try:
        with Transaction() as tx:
            tx.put(heard, only_if=InboxItem.id.does_not_exist(), otherwise=AlreadyHeard())
            handler(push, tx)
    except AlreadyHeard:
        log.info("push heard before", extra={"push": push.event})


def reply_to(push: Push) -> Mapping[str, Any] | None:
    """What the push is answered with, if a feature has something to say."""
    reply = replies.get(push.event)
    return reply(push) if reply else None


def _identity(push: Push) -> str:
    """WeChat's rule: the number of a message; sender, time and kind of an event.

    Events also by their content: two messages sent to one person in one second are told of by two events that
    differ in nothing else.
    """
    number = push.document.get("MsgId")
    if number:
        return f"wechat-push/{str(number)[:64]}"
    content = json.dumps(push.document, sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(content).hexdigest()[:32]
    return f"wechat-push/{push.openid}#{int(push.at.timestamp())}#{push.event}#{digest}"
