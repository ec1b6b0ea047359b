"""Staff take, answer and close tickets."""

from __future__ import annotations

from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core import pages
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.growth.service_desk.tickets import service
from chalicelib.growth.service_desk.tickets.desk.schemas import (
    Assign,
    FindTickets,
    StaffTicketCard,
    StaffTicketView,
)
from chalicelib.growth.service_desk.tickets.errors import NoSuchColleague, TicketClosed, TicketNotFound
from chalicelib.growth.service_desk.tickets.models import NOBODY, ServiceTicket, ServiceTicketStatus
from chalicelib.growth.service_desk.tickets.schemas import Reply
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.models import TEAM, Account


def find(asked: FindTickets) -> Page[StaffTicketCard]:
    """One page of tickets, those that wait longest first."""
    index, key, other = _where(asked)
    found, cursor = pages.query(
        index, key, filter_condition=other, limit=asked.limit, cursor=asked.cursor, newest_first=False
    )
    return Page[StaffTicketCard](items=[StaffTicketCard.of(each) for each in found], cursor=cursor)


def _where(asked: FindTickets) -> tuple[Any, str, Condition | None]:
    """Where to look; of both, in the smaller heap: few are unsettled, and nearly all of a colleague's are closed."""
    status, assignee = asked.status, asked.assignee_id
    if assignee is None:
        return ServiceTicket.by_status, status or ServiceTicketStatus.OPEN, None
    if status is None or status is ServiceTicketStatus.CLOSED:
        return ServiceTicket.by_assignee, assignee, None if status is None else ServiceTicket.status == status
    return ServiceTicket.by_status, status, ServiceTicket.assignee_id == assignee


def show(member_id: str, ticket_id: str) -> StaffTicketView:
    """A ticket with its messages. :raises TicketNotFound:"""
    ticket = service.load(member_id, ticket_id)
    return StaffTicketView(**StaffTicketCard.of(ticket).model_dump(), messages=service.messages(ticket.id))


def answer(member_id: str, ticket_id: str, said: Reply, staff: Staff, key: str) -> StaffTicketView:
    """Write to the buyer. Raises as :func:`service.answer`."""
    service.answer(member_id, ticket_id, said, staff, key)
    return show(member_id, ticket_id)


def assign(member_id: str, ticket_id: str, asked: Assign) -> StaffTicketView:
    """Somebody takes care of it, or nobody any more. :raises TicketNotFound: :raises NoSuchColleague:"""
    colleague = Account.find(TEAM, asked.staff_id) if asked.staff_id is not None else None
    if asked.staff_id is not None and (colleague is None or not colleague.active):
        raise NoSuchColleague()
    name = (
        ServiceTicket.assignee_name.set(colleague.name)
        if colleague is not None
        else ServiceTicket.assignee_name.remove()
    )
    with Transaction() as tx:
        tx.update(
            ServiceTicket(member_id=member_id, id=ticket_id),
            [ServiceTicket.assignee_id.set(asked.staff_id or NOBODY), name],
            only_if=ServiceTicket.id.exists(),
            otherwise=TicketNotFound(),
        )
    return show(member_id, ticket_id)


def close(member_id: str, ticket_id: str) -> StaffTicketView:
    """It is settled, say staff. :raises TicketNotFound: :raises TicketClosed: :raises TicketMoved:"""
    ticket = service.load(member_id, ticket_id)
    if ticket.status is ServiceTicketStatus.CLOSED:
        raise TicketClosed()
    with Transaction() as tx:
        service.close(tx, ticket, "staff")
    return show(member_id, ticket_id)
