"""What buyers write in WeChat's customer service is kept here. Algorithm: docs/algorithms/service.md."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core import ids
from chalicelib.core.transaction import Transaction
from chalicelib.growth.service_desk.chats.models import Chat, ChatLine, Desk, LineStatus
from chalicelib.mall.identity.members.models import IdentityKey, openid_key
from chalicelib.mall.pushes.schemas import Push

WINDOW, ANSWERS = timedelta(hours=48), 5
ENTRY_WINDOW, ENTRY_ANSWERS = timedelta(minutes=1), 2
KEEP = timedelta(days=180)
MAX_TEXT = 2000
EXPORTED = 200


def hear_message(push: Push, tx: Transaction) -> None:
    """A buyer wrote, or sent a picture or a page: five answers within 48 hours. Registered with pushes."""
    tx.put(
        ChatLine(
            openid=push.openid,
            id=ids.new("lin"),
            kind="card" if push.event == "miniprogrampage" else push.event,
            text=_long(push, "Content") or _long(push, "Title") or None,
            picture=_long(push, "PicUrl") or _long(push, "ThumbUrl") or None,
            status=LineStatus.RECEIVED,
            at=push.at,
            expires_at=_expiry(push.at),
        )
    )
    _open(tx, push, WINDOW, ANSWERS, waiting=True)


def hear_entry(push: Push, tx: Transaction) -> None:
    """A buyer opened the chat and wrote nothing yet: two messages within a minute, unless more is open already."""
    known = Chat.find(push.openid, consistent=True)
    if known is None or known.open_until < push.at + ENTRY_WINDOW:
        _open(tx, push, ENTRY_WINDOW, ENTRY_ANSWERS, waiting=False)


def _open(tx: Transaction, push: Push, window: timedelta, answers: int, *, waiting: bool) -> None:
    key = IdentityKey.find(openid_key(push.openid))
    actions = [
        Chat.open_until.set(push.at + window),
        Chat.answers_left.set(answers),
        Chat.moved_at.set(push.at),
        Chat.expires_at.set(_expiry(push.at)),
        Chat.desk.set(Desk.WAITING if waiting else Chat.desk | Desk.ANSWERED),
    ]
    if key is not None:
        actions.append(Chat.member_id.set(key.member_id))
    tx.update(Chat(openid=push.openid), actions)


def export(member_id: str) -> list[dict[str, object]]:
    """The newest lines of the member's chats, for the copy of their personal data. Registered with identity."""
    found: list[dict[str, object]] = []
    for chat in Chat.by_member.query(member_id):
        lines = ChatLine.query(chat.openid, scan_index_forward=False, limit=EXPORTED)
        found += [{"at": each.at.isoformat(), "text": each.text, "by_shop": each.name is not None} for each in lines]
    return found[:EXPORTED]


def forget(member_id: str) -> None:
    """A closed account leaves no chats behind. Running it twice does no harm."""
    for chat in Chat.by_member.query(member_id):
        ChatLine.delete_under(chat.openid)
        Chat(openid=chat.openid).delete()


def _long(push: Push, name: str) -> str:
    value = push.document.get(name)
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _expiry(at: datetime) -> int:
    return int((at + KEEP).timestamp())
