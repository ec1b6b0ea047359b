"""Tickets as their buyer sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Line, PageQuery, Schema
from chalicelib.growth.service_desk.tickets.models import ServiceTicket, ServiceTicketStatus, Side, TicketReply
from chalicelib.mall.uploads.schemas import PictureKey

Words = Annotated[
    str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$", examples=["少了一个枕套"])
]


class Reply(Schema):
    """What is written."""

    text: Words
    pictures: Annotated[list[PictureKey], Field(max_length=6)] = []


class OpenTicket(Reply):
    """``POST /me/tickets``."""

    subject: Line
    order_id: Id | None = None
    """My order that it is about."""


class RateTicket(Schema):
    """``POST /me/tickets/{ticket_id}/rating``."""

    stars: Annotated[int, Field(ge=1, le=5)]
    text: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None


class ListTickets(PageQuery):
    """``GET /me/tickets``."""


class ReplyView(Schema):
    """One message of a ticket."""

    side: Side
    name: str | None
    text: str
    pictures: list[str]
    at: datetime

    @classmethod
    def of(cls, reply: TicketReply) -> ReplyView:
        return cls.model_validate({name: getattr(reply, name) for name in cls.model_fields})


class TicketCard(Schema):
    """A ticket in a list."""

    id: str
    subject: str
    order_id: str | None
    order_number: str | None
    status: ServiceTicketStatus
    opened_at: datetime
    moved_at: datetime
    closes_at: datetime | None
    """When it closes by itself, unless somebody writes."""
    closed_at: datetime | None
    closed_by: str | None
    stars: int | None
    rating: str | None

    @classmethod
    def of(cls, ticket: ServiceTicket) -> TicketCard:
        return cls.model_validate({name: getattr(ticket, name) for name in cls.model_fields})


class TicketView(TicketCard):
    """A ticket with everything that was written, oldest first."""

    messages: list[ReplyView]
