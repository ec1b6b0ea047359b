"""A buyer's tickets."""

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
from chalicelib.growth.service_desk.limits.errors import EnoughForToday
from chalicelib.growth.service_desk.tickets import service
from chalicelib.growth.service_desk.tickets.errors import (
    AlreadyRated,
    TicketClosed,
    TicketMoved,
    TicketNotClosed,
    TicketNotFound,
    TooManyReplies,
)
from chalicelib.growth.service_desk.tickets.schemas import (
    ListTickets,
    OpenTicket,
    RateTicket,
    Reply,
    TicketCard,
    TicketView,
)
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("tickets", title="工单 Tickets")
_ONE = "/me/tickets/{ticket_id}"
_PICTURES = [UploadNotFound, UnsupportedMedia, MediaTooLarge, StorageUnavailable]


@api.post("/me/tickets", status=201, raises=[OrderNotFound, EnoughForToday, KeyReused, *_PICTURES])
def open_ticket(buyer: Buyer, body: OpenTicket, key: IdempotencyKey) -> TicketView:
    """Open a ticket, perhaps about an order of mine."""
    return service.open_ticket(buyer.member_id, body, key)


@api.get("/me/tickets")
def list_tickets(buyer: Buyer, query: ListTickets) -> Page[TicketCard]:
    """List my tickets, newest first."""
    return service.mine(buyer.member_id, query)


@api.get(_ONE, raises=[TicketNotFound])
def show_ticket(buyer: Buyer, ticket_id: str) -> TicketView:
    """Show my ticket with its messages."""
    return service.show(buyer.member_id, ticket_id)


@api.post(f"{_ONE}/replies", raises=[TicketNotFound, TicketClosed, TicketMoved, TooManyReplies, KeyReused, *_PICTURES])
def reply_to_ticket(buyer: Buyer, ticket_id: str, body: Reply, key: IdempotencyKey) -> TicketView:
    """Write in my ticket."""
    return service.reply(buyer.member_id, ticket_id, body, key)


@api.post(f"{_ONE}/close", raises=[TicketNotFound, TicketClosed, TicketMoved])
def close_ticket(buyer: Buyer, ticket_id: str) -> TicketView:
    """My concern is settled."""
    return service.close_by_buyer(buyer.member_id, ticket_id)


@api.post(f"{_ONE}/rating", raises=[TicketNotFound, TicketNotClosed, AlreadyRated])
def rate_ticket(buyer: Buyer, ticket_id: str, body: RateTicket) -> TicketView:
    """Say how I was served, once it is closed."""
    return service.rate(buyer.member_id, ticket_id, body)
