"""Tickets as their buyers use them, and the one way in which either side writes."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, pages, states
from chalicelib.core.once import Once
from chalicelib.core.schemas import Page
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.growth.service_desk.limits import service as limits
from chalicelib.growth.service_desk.tickets.errors import (
    AlreadyRated,
    TicketClosed,
    TicketMoved,
    TicketNotClosed,
    TicketNotFound,
    TooManyReplies,
)
from chalicelib.growth.service_desk.tickets.events import CloseTicket, TicketAnswered
from chalicelib.growth.service_desk.tickets.models import STEPS, ServiceTicket, ServiceTicketStatus, Side, TicketReply
from chalicelib.growth.service_desk.tickets.schemas import (
    ListTickets,
    OpenTicket,
    RateTicket,
    Reply,
    ReplyView,
    TicketCard,
    TicketView,
)
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.uploads import service as uploads
from chalicelib.trade.orders import service as orders

A_DAY = 10
MOST_REPLIES = 200
EXPORTED = 50


def load(member_id: str, ticket_id: str) -> ServiceTicket:
    """:raises TicketNotFound: it is not the member's, or does not exist."""
    found = ServiceTicket.find(member_id, ticket_id, consistent=True)
    if found is None:
        raise TicketNotFound()
    return found


def show(member_id: str, ticket_id: str) -> TicketView:
    """The member's ticket with its messages. :raises TicketNotFound:"""
    ticket = load(member_id, ticket_id)
    return TicketView(**TicketCard.of(ticket).model_dump(), messages=messages(ticket.id))


def messages(ticket_id: str) -> list[ReplyView]:
    """Everything that was written, oldest first; there are at most :data:`MOST_REPLIES`."""
    return [ReplyView.of(each) for each in TicketReply.query(ticket_id, consistent_read=True)]


def mine(member_id: str, asked: ListTickets) -> Page[TicketCard]:
    """The member's tickets, newest first."""
    found, cursor = pages.query(ServiceTicket, member_id, limit=asked.limit, cursor=asked.cursor, consistent=True)
    return Page[TicketCard](items=[TicketCard.of(each) for each in found], cursor=cursor)


def open_ticket(member_id: str, said: OpenTicket, key: str) -> TicketView:
    """Open a ticket, about an order of the member's or about nothing in particular; once for each *key*.

    :raises OrderNotFound: the order is not the member's. :raises EnoughForToday: :data:`A_DAY` were opened today.
    :raises UploadNotFound, UnsupportedMedia, MediaTooLarge: a picture is not one. :raises KeyReused:
    """
    once = Once(member_id, "open_ticket", key, said)
    return show(member_id, once.carry_out(lambda: _open(member_id, said, once)))


def _open(member_id: str, said: OpenTicket, once: Once) -> str:
    order = orders.load(member_id, said.order_id) if said.order_id is not None else None
    now, pictures = clock.now(), uploads.addresses(said.pictures)
    ticket = ServiceTicket(
        member_id=member_id,
        id=ids.new("tkt"),
        subject=said.subject,
        order_id=order.id if order is not None else None,
        order_number=order.number if order is not None else None,
        opened_at=now,
        moved_at=now,
        replies=1,
    )
    with once.writing(ticket.id) as tx:
        members.require_active(tx, member_id)
        limits.count(tx, member_id, "ticket", A_DAY)
        tx.put(ticket)
        tx.put(_reply(ticket.id, Side.BUYER, said.text, pictures))
    return ticket.id


def reply(member_id: str, ticket_id: str, said: Reply, key: str) -> TicketView:
    """The buyer writes: it is staff's turn. Once for each *key*.

    :raises TicketNotFound: :raises TicketClosed: :raises TicketMoved: :raises TooManyReplies: :raises KeyReused:
    :raises UploadNotFound, UnsupportedMedia, MediaTooLarge: a picture is not one.
    """
    once = Once(member_id, f"reply/{ticket_id}", key, said)

    def act() -> str:
        ticket = load(member_id, ticket_id)
        pictures = _pictures(ticket, said)
        with once.writing(ticket_id) as tx:
            members.require_active(tx, member_id)
            write(tx, ticket, Side.BUYER, said.text, pictures)
        return ticket_id

    return show(member_id, once.carry_out(act))


def answer(member_id: str, ticket_id: str, said: Reply, staff: Staff, key: str) -> None:
    """Staff write: it is the buyer's turn, who is told; after some days it closes. Raises as :func:`reply`."""
    once = Once(staff.staff_id, f"answer/{ticket_id}", key, said)

    def act() -> str:
        ticket = load(member_id, ticket_id)
        pictures = _pictures(ticket, said)
        with once.writing(ticket_id) as tx:
            write(tx, ticket, Side.STAFF, said.text, pictures, staff.name)
        return ticket_id

    once.carry_out(act)


def _pictures(ticket: ServiceTicket, said: Reply) -> list[str]:
    if ticket.status is ServiceTicketStatus.CLOSED:
        raise TicketClosed()
    if ticket.replies >= MOST_REPLIES:
        raise TooManyReplies(most=MOST_REPLIES)
    return uploads.addresses(said.pictures)


def write(
    tx: Transaction, ticket: ServiceTicket, side: Side, text: str, pictures: list[str], name: str | None = None
) -> None:
    """Add to *tx* what one side writes. :raises TicketMoved: (at commit) the other side was quicker."""
    said = _reply(ticket.id, side, text, pictures, name)
    tx.put(said)
    if side is Side.BUYER:
        _step(tx, ticket, ServiceTicketStatus.OPEN, ServiceTicket.closes_at.remove(), ServiceTicket.replies.add(1))
        return
    closes_at = said.at + timedelta(days=settings().ticket_close_days)
    _step(
        tx, ticket, ServiceTicketStatus.ANSWERED, ServiceTicket.closes_at.set(closes_at), ServiceTicket.replies.add(1)
    )
    named = {"member_id": ticket.member_id, "ticket_id": ticket.id}
    tx.emit(TicketAnswered(**named, reply_id=said.id))
    tx.emit(CloseTicket(**named, version=ticket.version + 1), at=closes_at)


def close(tx: Transaction, ticket: ServiceTicket, by: str) -> None:
    """Add to *tx* that the ticket is settled. :raises TicketMoved: (at commit) somebody wrote, or closed it."""
    now = clock.now()
    actions = [ServiceTicket.closed_at.set(now), ServiceTicket.closed_by.set(by), ServiceTicket.closes_at.remove()]
    _step(tx, ticket, ServiceTicketStatus.CLOSED, *actions)


def close_by_buyer(member_id: str, ticket_id: str) -> TicketView:
    """It is settled, says the buyer. :raises TicketNotFound: :raises TicketClosed: :raises TicketMoved:"""
    ticket = load(member_id, ticket_id)
    if ticket.status is ServiceTicketStatus.CLOSED:
        raise TicketClosed()
    with Transaction() as tx:
        close(tx, ticket, "buyer")
    return show(member_id, ticket_id)


def close_by_time(tx: Transaction, member_id: str, ticket_id: str, version: int) -> None:
    """Nobody has written since staff's answer: it is settled."""
    ticket = ServiceTicket.find(member_id, ticket_id, consistent=True)
    if ticket is not None and ticket.status is ServiceTicketStatus.ANSWERED and ticket.version == version:
        close(tx, ticket, "time")


def rate(member_id: str, ticket_id: str, said: RateTicket) -> TicketView:
    """How the buyer was served, once. :raises TicketNotFound: :raises TicketNotClosed: :raises AlreadyRated:"""
    ticket = load(member_id, ticket_id)
    if ticket.status is not ServiceTicketStatus.CLOSED:
        raise TicketNotClosed()
    with Transaction() as tx:
        tx.update(
            ServiceTicket(member_id=member_id, id=ticket_id),
            [ServiceTicket.stars.set(said.stars), *([ServiceTicket.rating.set(said.text)] if said.text else [])],
            only_if=ServiceTicket.stars.does_not_exist() & (ServiceTicket.status == ServiceTicketStatus.CLOSED),
            otherwise=AlreadyRated(),
        )
    return show(member_id, ticket_id)


def export(member_id: str) -> list[dict[str, object]]:
    """The member's newest tickets, for the copy of their personal data. Registered with identity."""
    newest = islice(ServiceTicket.query(member_id, scan_index_forward=False, limit=EXPORTED), EXPORTED)
    return [show(member_id, each.id).model_dump(mode="json") for each in newest]


def forget(member_id: str) -> None:
    """A closed account leaves no tickets behind. Running it twice does no harm."""
    for ticket in ServiceTicket.query(member_id, attributes_to_get=["member_id", "id"]):
        TicketReply.delete_under(ticket.id)
        ticket.delete()


def _step(tx: Transaction, ticket: ServiceTicket, to: ServiceTicketStatus, *actions: Action) -> None:
    states.move(
        tx,
        ServiceTicket(member_id=ticket.member_id, id=ticket.id),
        ServiceTicket.status,
        STEPS,
        to,
        ServiceTicket.moved_at.set(clock.now()),
        ServiceTicket.version.set(ticket.version + 1),
        *actions,
        also=ServiceTicket.version == ticket.version,
        otherwise=TicketMoved(),
    )


def _reply(ticket_id: str, side: Side, text: str, pictures: list[str], name: str | None = None) -> TicketReply:
    return TicketReply(
        ticket_id=ticket_id, id=ids.new("rep"), side=side, name=name, text=text, pictures=pictures, at=clock.now()
    )
