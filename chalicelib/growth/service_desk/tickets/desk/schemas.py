"""Tickets as staff see them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.growth.service_desk.tickets.models import ServiceTicket, ServiceTicketStatus
from chalicelib.growth.service_desk.tickets.schemas import ReplyView, TicketCard

StaffId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_]+$", examples=["stf_01m85mg28xyz"])]


class FindTickets(PageQuery):
    """``GET /admin/tickets``: of a status, of a colleague, or both; open, if nothing is said."""

    status: ServiceTicketStatus | None = None
    assignee_id: StaffId | None = None
    """Somebody's, of every status if none is said; ``nobody``: what nobody has taken."""


class StaffTicketCard(TicketCard):
    """A ticket with who opened it and who takes care of it."""

    member_id: str
    assignee_id: str
    assignee_name: str | None

    @classmethod
    def of(cls, ticket: ServiceTicket) -> StaffTicketCard:
        return cls.model_validate({name: getattr(ticket, name) for name in cls.model_fields})


class StaffTicketView(StaffTicketCard):
    """With everything that was written, oldest first."""

    messages: list[ReplyView]


class Assign(Schema):
    """``PUT …/assignee``; null gives it back."""

    staff_id: StaffId | None = Field(None, examples=["stf_01m85mg28xyz"])
