"""Staff: WeChat's customer-service chats."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.growth.service_desk.chats.desk import service
from chalicelib.growth.service_desk.chats.desk.schemas import ChatCard, FindChats, LineView, Say
from chalicelib.growth.service_desk.chats.errors import (
    AnswerNotSent,
    ChatAnswersUsed,
    ChatNotFound,
    ChatWindowClosed,
)
from chalicelib.mall.identity.service import Staff

api = Api("chats_admin", title="微信客服 Chats (staff)")


@api.get("/admin/chats", permission="service.read")
def find_chats(staff: Staff, query: FindChats) -> Page[ChatCard]:
    """Look through WeChat's customer-service chats: those that wait, the oldest first."""
    return service.find(query)


@api.get("/admin/chats/{openid}", permission="service.read")
def show_chat(staff: Staff, openid: str, query: PageQuery) -> Page[LineView]:
    """Show the lines of a chat, newest first."""
    return service.lines(openid, query)


@api.post(
    "/admin/chats/{openid}/answers",
    status=201,
    permission="service.write",
    raises=[ChatNotFound, ChatWindowClosed, ChatAnswersUsed, AnswerNotSent, KeyReused],
)
def answer_chat(staff: Staff, openid: str, body: Say, key: IdempotencyKey) -> LineView:
    """Answer in a chat: five times within 48 hours of the person's last message, as WeChat allows.

    `status` is `uncertain` where WeChat did not say whether it is on the phone: look there before writing again.
    """
    return service.answer(openid, body, staff.staff_id, staff.name, key)
