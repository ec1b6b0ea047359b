"""How the buyer's service reacts to answers, to time, and to accounts that end."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.kinds.schemas import Value
from chalicelib.growth.notifications.service import tell
from chalicelib.growth.service_desk.board import service as board
from chalicelib.growth.service_desk.board.errors import NoteNotFound
from chalicelib.growth.service_desk.board.events import NoteAnswered
from chalicelib.growth.service_desk.chats import service as chats
from chalicelib.growth.service_desk.faq import service as faq
from chalicelib.growth.service_desk.notices import service as notices
from chalicelib.growth.service_desk.tickets import service as tickets
from chalicelib.growth.service_desk.tickets.events import CloseTicket, TicketAnswered
from chalicelib.growth.service_desk.tickets.models import ServiceTicket, TicketReply
from chalicelib.mall.identity.members.events import MemberClosed


@subscribe(NoteAnswered, queue="notifications")
def tell_note_answered(event: NoteAnswered, tx: Transaction) -> None:
    """Staff answered a message on the board; what they change of the answer later is not told."""
    try:
        note = board.load(event.member_id, event.note_id)
    except NoteNotFound:
        return
    if note.answer is not None and note.answered_at is not None:
        said: dict[str, Value] = {
            "subject": notices.short(note.text),
            "answer": notices.short(note.answer),
            "answered_at": note.answered_at,
        }
        _tell(tx, event.member_id, note.id, "", said)


@subscribe(TicketAnswered, queue="notifications")
def tell_ticket_answered(event: TicketAnswered, tx: Transaction) -> None:
    """Staff wrote in a ticket."""
    ticket = ServiceTicket.find(event.member_id, event.ticket_id)
    reply = TicketReply.find(event.ticket_id, event.reply_id)
    if ticket is not None and reply is not None:
        said: dict[str, Value] = {
            "subject": notices.short(ticket.subject),
            "answer": notices.short(reply.text),
            "answered_at": reply.at,
        }
        _tell(tx, event.member_id, ticket.id, reply.id, said)


@subscribe(CloseTicket, queue="reactions")
def close_ticket(event: CloseTicket, tx: Transaction) -> None:
    """Nobody has written since staff's answer: it is settled."""
    tickets.close_by_time(tx, event.member_id, event.ticket_id, event.version)


@subscribe(MemberClosed, queue="reactions")
def forget_service(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no messages, tickets, chats and votes behind."""
    board.forget(event.member_id)
    tickets.forget(event.member_id)
    chats.forget(event.member_id)
    faq.forget_votes(event.member_id)


def _tell(tx: Transaction, member_id: str, group: str, subject: str, said: dict[str, Value]) -> None:
    kind, links = notices.SERVICE_ANSWERED, {"id": group}
    tell(tx, kind, member_id=member_id, group=group, subject=subject, values=said, links=links)
