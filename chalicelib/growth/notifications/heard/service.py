"""WeChat tells: asked and answered, changed in the settings, sent. Registered with pushes, see extensions.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core import clock, states
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.counts import service as counts
from chalicelib.growth.notifications.errors import NotWaiting
from chalicelib.growth.notifications.models import STEPS, Message, MessageStatus
from chalicelib.growth.notifications.quotas import service as quotas
from chalicelib.growth.notifications.quotas.service import Side
from chalicelib.mall.identity.members.models import IdentityKey, openid_key
from chalicelib.mall.pushes.schemas import Push

_MOST = 10
_SEARCHED = 100


def hear_popup(push: Push, tx: Transaction) -> None:
    """The buyer was asked, and answered."""
    member_id = _member_id(push)
    for template_id, entry in _entries(push).items():
        if member_id and entry.get("SubscribeStatusString") == "accept":
            quotas.accept(tx, member_id, template_id, Side.WECHAT)


def hear_change(push: Push, tx: Transaction) -> None:
    """The buyer switched a template on or off in WeChat's settings. On gives nothing: each message is agreed to."""
    member_id = _member_id(push)
    for template_id, entry in _entries(push).items():
        if member_id and entry.get("SubscribeStatusString") == "reject":
            quotas.clear(tx, member_id, template_id)


def hear_sent(push: Push, tx: Transaction) -> None:
    """A message reached the phone, or not: then none is left, as far as we know."""
    member_id = _member_id(push)
    for n, (template_id, entry) in enumerate(_entries(push).items()):
        code = str(entry.get("ErrorCode", ""))
        if not member_id or code in ("", "0"):
            continue
        quotas.clear(tx, member_id, template_id)
        message = _sent_as(member_id, str(entry.get("MsgID", "")))
        if message is not None:
            _mark_undelivered(tx, message, code, n)


def _mark_undelivered(tx: Transaction, message: Message, code: str, n: int) -> None:
    states.move(
        tx,
        Message(member_id=message.member_id, id=message.id),
        Message.status,
        STEPS,
        MessageStatus.UNDELIVERED,
        Message.code.set(code[:40]),
        Message.ended_at.set(clock.now()),
        otherwise=NotWaiting(),
    )
    counts.add(tx, message.kind, MessageStatus.UNDELIVERED, shard=n)


def _sent_as(member_id: str, number: str) -> Message | None:
    newest = Message.query(member_id, scan_index_forward=False, limit=_SEARCHED)
    same = (each for each in newest if number and each.number == number and each.status is MessageStatus.SENT)
    return next(same, None)


def _member_id(push: Push) -> str | None:
    known = IdentityKey.find(openid_key(push.openid))
    return known.member_id if known else None


def _entries(push: Push) -> dict[str, Mapping[str, Any]]:
    """By template. In JSON one stands alone, several in a list; in XML they stand in an element named for the event."""
    listed = push.document.get("List")
    for wrapper in push.document.values() if listed is None else ():
        if isinstance(wrapper, Mapping) and "List" in wrapper:
            listed = wrapper["List"]
    entries = listed if isinstance(listed, list) else [listed]
    found = [each for each in entries[:_MOST] if isinstance(each, Mapping)]
    ids = [(each.get("TemplateId"), each) for each in found]
    return {each: entry for each, entry in ids if isinstance(each, str) and 0 < len(each) <= 64}
