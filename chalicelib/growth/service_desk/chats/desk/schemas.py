"""Chats as staff see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.growth.service_desk.chats.models import Chat, ChatLine, Desk, LineStatus


class FindChats(PageQuery):
    """``GET /admin/chats``."""

    desk: Desk = Desk.WAITING


class ChatCard(Schema):
    """A chat in a list."""

    openid: str
    member_id: str | None
    desk: Desk
    moved_at: datetime
    open_until: datetime
    """Until when it can be answered…"""
    answers_left: int
    """…and how often."""

    @classmethod
    def of(cls, chat: Chat) -> ChatCard:
        return cls.model_validate({name: getattr(chat, name) for name in cls.model_fields})


class LineView(Schema):
    """One line of a chat."""

    id: str
    kind: str
    text: str | None
    picture: str | None
    """At WeChat, for three days."""
    name: str | None
    """Who of the staff wrote; null: the buyer."""
    status: LineStatus
    code: str | None
    at: datetime

    @classmethod
    def of(cls, line: ChatLine) -> LineView:
        return cls.model_validate({name: getattr(line, name) for name in cls.model_fields})


class Say(Schema):
    """``POST …/answers``."""

    text: Annotated[
        str,
        Field(min_length=1, max_length=600, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$", examples=["已经为您补发"]),
    ]
