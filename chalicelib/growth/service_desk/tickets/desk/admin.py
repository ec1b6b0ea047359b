"""Staff: tickets."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.gateways.object_storage.errors import (
    MediaTooLarge,
    StorageUnavailable,
    UnsupportedMedia,
    UploadNotFound,
)
from chalicelib.growth.service_desk.tickets.desk import service
from chalicelib.growth.service_desk.tickets.desk.schemas import (
    Assign,
    FindTickets,
    StaffTicketCard,
    StaffTicketView,
)
from chalicelib.growth.service_desk.tickets.errors import (
    NoSuchColleague,
    TicketClosed,
    TicketMoved,
    TicketNotFound,
    TooManyReplies,
)
from chalicelib.growth.service_desk.tickets.schemas import Reply
from chalicelib.mall.identity.service import Staff

api = Api("tickets_admin", title="工单 Tickets (staff)")
_ONE = "/admin/members/{member_id}/tickets/{ticket_id}"
_PICTURES = [UploadNotFound, UnsupportedMedia, MediaTooLarge, StorageUnavailable]


@api.get("/admin/tickets", permission="service.read")
def find_tickets(staff: Staff, query: FindTickets) -> Page[StaffTicketCard]:
    """Look through tickets: those that wait for staff, by status, a colleague's, or both."""
    return service.find(query)


@api.get(_ONE, permission="service.read", raises=[TicketNotFound])
def show_ticket_to_staff(staff: Staff, member_id: str, ticket_id: str) -> StaffTicketView:
    """Show a ticket with its messages."""
    return service.show(member_id, ticket_id)


@api.post(
    f"{_ONE}/replies",
    permission="service.write",
    raises=[TicketNotFound, TicketClosed, TicketMoved, TooManyReplies, KeyReused, *_PICTURES],
)
def answer_ticket(staff: Staff, member_id: str, ticket_id: str, body: Reply, key: IdempotencyKey) -> StaffTicketView:
    """Write to the buyer; it closes by itself some days after, unless the buyer writes."""
    return service.answer(member_id, ticket_id, body, staff, key)


@api.put(f"{_ONE}/assignee", permission="service.write", raises=[TicketNotFound, NoSuchColleague])
def assign_ticket(staff: Staff, member_id: str, ticket_id: str, body: Assign) -> StaffTicketView:
    """Give a ticket to a colleague, or to nobody."""
    return service.assign(member_id, ticket_id, body)


@api.post(f"{_ONE}/close", permission="service.write", raises=[TicketNotFound, TicketClosed, TicketMoved])
def close_ticket_by_staff(staff: Staff, member_id: str, ticket_id: str) -> StaffTicketView:
    """Close a ticket."""
    return service.close(member_id, ticket_id)
