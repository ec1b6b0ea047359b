"""Messages as staff see them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field as Bounds
from pydantic import model_validator

from chalicelib.core.schemas import Id, PageQuery, Schema
from chalicelib.growth.notifications.models import Message, MessageStatus

MAX_DAYS = 31


class FindMessages(PageQuery):
    """``GET /admin/notifications/messages``: of a member, of one of their orders, or of a day."""

    member_id: Id | None = None
    order_id: Id | None = None
    """With ``member_id``: an order is its buyer's."""
    day: dt.date | None = None

    @model_validator(mode="after")
    def _one_question(self) -> FindMessages:
        if (self.member_id is None) == (self.day is None) or (self.order_id and not self.member_id):
            raise ValueError("give member_id, with or without order_id, or day")
        return self


class MessageView(Schema):
    """A message: what was in it and what became of it."""

    member_id: str
    id: str
    kind: str
    status: MessageStatus
    code: str | None
    template_id: str
    page: str | None
    data: dict[str, str]
    made_at: dt.datetime
    ended_at: dt.datetime | None
    resent_at: dt.datetime | None
    """When staff last said that it is to be sent again."""
    attempts: int
    number: str | None

    @classmethod
    def of(cls, message: Message) -> MessageView:
        return cls(**{name: getattr(message, name) for name in cls.model_fields})


class FindDays(Schema):
    """``GET /admin/notifications/days``."""

    first: Annotated[dt.date, Bounds(ge=dt.date(2000, 1, 1), lt=dt.date(2100, 1, 1))]
    last: Annotated[dt.date, Bounds(ge=dt.date(2000, 1, 1), lt=dt.date(2100, 1, 1))]

    @model_validator(mode="after")
    def _few(self) -> FindDays:
        if not 0 <= (self.last - self.first).days < MAX_DAYS:
            raise ValueError(f"first to last, at most {MAX_DAYS} days")
        return self


class KindDayView(Schema):
    """How many messages of a kind ended how on a day."""

    day: dt.date
    kind: str
    sent: int
    refused: int
    failed: int
    uncertain: int
    skipped: int
    undelivered: int


class DaysView(Schema):
    """Newest first; days without messages are left out."""

    items: list[KindDayView]
