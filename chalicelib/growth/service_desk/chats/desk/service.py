"""Staff look through chats and answer in them.

An answer is marked before WeChat is called, so that a crash or a second tap never writes to a person twice; what is
certain to have failed gives its place among the five back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.core import clock, ids, pages, states
from chalicelib.core.errors import DomainError
from chalicelib.core.http import PartnerError
from chalicelib.core.once import Once, Repeat
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import customer_messages
from chalicelib.gateways.wechat.errors import AnswersUsedUp, WindowClosed
from chalicelib.growth.service_desk.chats.desk.schemas import ChatCard, FindChats, LineView, Say
from chalicelib.growth.service_desk.chats.errors import (
    AnswerNotSent,
    AnswerSettled,
    ChatAnswersUsed,
    ChatNotFound,
    ChatWindowClosed,
)
from chalicelib.growth.service_desk.chats.models import STEPS, Chat, ChatLine, Desk, LineStatus
from chalicelib.growth.service_desk.chats.service import KEEP


def find(asked: FindChats) -> Page[ChatCard]:
    """One page of chats, those that wait longest first."""
    found, cursor = pages.query(Chat.by_desk, asked.desk, limit=asked.limit, cursor=asked.cursor, newest_first=False)
    return Page[ChatCard](items=[ChatCard.of(each) for each in found], cursor=cursor)


def lines(openid: str, asked: PageQuery) -> Page[LineView]:
    """One page of a chat, newest first."""
    found, cursor = pages.query(ChatLine, openid, limit=asked.limit, cursor=asked.cursor, consistent=True)
    return Page[LineView](items=[LineView.of(each) for each in found], cursor=cursor)


def answer(openid: str, said: Say, staff_id: str, staff_name: str, key: str) -> LineView:
    """Write to the person, once for each key.

    :raises ChatNotFound: they never wrote. :raises ChatWindowClosed: :raises ChatAnswersUsed:
    :raises AnswerNotSent: WeChat refused it, or could not be asked. :raises KeyReused:
    """
    once = Once(staff_id, f"answer {openid}", key, said)
    try:
        once.recall()
        line = _mark(openid, said.text, staff_name, once)
    except Repeat as repeat:
        return _line(openid, repeat.result)
    _conclude(line, *_send(line))
    return _line(openid, line.id)


def _mark(openid: str, text: str, name: str, once: Once) -> ChatLine:
    now = clock.now()
    line = ChatLine(
        openid=openid,
        id=ids.new("lin"),
        kind="text",
        text=text,
        name=name,
        status=LineStatus.SENDING,
        at=now,
        expires_at=int((now + KEEP).timestamp()),
    )
    with once.writing(line.id) as tx:
        tx.update(
            Chat(openid=openid),
            [Chat.answers_left.add(-1), Chat.desk.set(Desk.ANSWERED), Chat.moved_at.set(now)],
            only_if=(Chat.open_until > now) & (Chat.answers_left > 0),
            otherwise=lambda old: _why_not(old, now),
        )
        tx.put(line)
    return line


def _why_not(old: Mapping[str, Any] | None, now: datetime) -> DomainError:
    if old is None:
        return ChatNotFound()
    chat = Chat.from_raw_data(dict(old))
    if chat.open_until <= now:
        return ChatWindowClosed(open_until=chat.open_until)
    return ChatAnswersUsed()


def _send(line: ChatLine) -> tuple[LineStatus, DomainError | None, str]:
    """What becomes of the line; the refusal that staff see; WeChat's code."""
    try:
        customer_messages.send_text(line.openid, line.text or "")
    except WindowClosed as error:
        return LineStatus.FAILED, ChatWindowClosed(open_until=None), error.partner_code
    except AnswersUsedUp as error:
        return LineStatus.FAILED, ChatAnswersUsed(), error.partner_code
    except PartnerError as error:
        code = error.partner_code or error.kind
        if error.may_have_happened:
            return LineStatus.UNCERTAIN, None, code
        return LineStatus.FAILED, AnswerNotSent(reason=code), code
    return LineStatus.SENT, None, ""


def _conclude(line: ChatLine, status: LineStatus, refusal: DomainError | None, code: str) -> None:
    with Transaction() as tx:
        states.move(
            tx,
            ChatLine(openid=line.openid, id=line.id),
            ChatLine.status,
            STEPS,
            status,
            *([ChatLine.code.set(code)] if code else []),
            otherwise=AnswerSettled(),
        )
        if isinstance(refusal, AnswerNotSent):
            tx.update(Chat(openid=line.openid), [Chat.answers_left.add(1), Chat.desk.set(Desk.WAITING)])
        elif refusal is not None:
            tx.update(Chat(openid=line.openid), [Chat.answers_left.set(0), Chat.desk.set(Desk.WAITING)])
    if refusal is not None:
        raise refusal


def _line(openid: str, line_id: str) -> LineView:
    found = ChatLine.find(openid, line_id, consistent=True)
    if found is None:
        raise ChatNotFound()
    return LineView.of(found)
