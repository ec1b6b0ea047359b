"""What happens to tickets."""

from chalicelib.core.events import Event


class TicketAnswered(Event):
    """Staff wrote to the buyer. ``reply_id``: what."""

    member_id: str
    ticket_id: str
    reply_id: str


class CloseTicket(Event):
    """Deadline: close the ticket, if nobody has written since. ``version``: as it was then."""

    member_id: str
    ticket_id: str
    version: int
