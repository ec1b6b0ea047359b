"""Staff take, answer and close tickets."""

from __future__ import annotations

from typing import Any

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
from chalicelib.mall.identity.staff.models import TEAM, Account


def find(asked: FindTickets) -> Page[StaffTicketCard]:
    """One page of tickets, those that wait longest first."""
    index: Any = ServiceTicket.by_status if asked.assignee_id is None else ServiceTicket.by_assignee
    key = asked.assignee_id or asked.status or ServiceTicketStatus.OPEN
    found, cursor = pages.query(index, key, limit=asked.limit, cursor=asked.cursor, newest_first=False)
    return Page[StaffTicketCard](items=[StaffTicketCard.of(each) for each in found], cursor=cursor)


def show(member_id: str, ticket_id: str) -> StaffTicketView:
    """A ticket with its messages. :raises TicketNotFound:"""
    ticket = service.load(member_id, ticket_id)
    return StaffTicketView(**StaffTicketCard.of(ticket).model_dump(), messages=service.messages(ticket.id))


def answer(member_id: str, ticket_id: str, said: Reply, staff_name: str) -> StaffTicketView:
    """Write to the buyer. Raises as :func:`service.answer`."""
    service.answer(member_id, ticket_id, said, staff_name)
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
