"""Tickets: keys, indexes, states."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name

NOBODY = "nobody"


class ServiceTicketStatus(StrEnum):
    """Whose turn it is. See docs/algorithms/service.md."""

    OPEN = "open"
    """Staff's."""
    ANSWERED = "answered"
    """The buyer's; it closes by itself after a while."""
    CLOSED = "closed"


STEPS = Steps(
    {
        ServiceTicketStatus.OPEN: [ServiceTicketStatus.OPEN, ServiceTicketStatus.ANSWERED, ServiceTicketStatus.CLOSED],
        ServiceTicketStatus.ANSWERED: [
            ServiceTicketStatus.OPEN,
            ServiceTicketStatus.ANSWERED,
            ServiceTicketStatus.CLOSED,
        ],
    }
)
"""Both may write several times in a row."""


class Side(StrEnum):
    BUYER = "buyer"
    STAFF = "staff"


class ByStatus(GlobalSecondaryIndex["ServiceTicket"]):
    class Meta:
        index_name = "by_status"
        projection = AllProjection()

    status = EnumAttribute(ServiceTicketStatus, hash_key=True)
    moved_at = TimeAttribute(range_key=True)


class ByAssignee(GlobalSecondaryIndex["ServiceTicket"]):
    class Meta:
        index_name = "by_assignee"
        projection = AllProjection()

    assignee_id = UnicodeAttribute(hash_key=True)
    moved_at = TimeAttribute(range_key=True)


class ServiceTicket(Table):
    """A buyer's concern, under the buyer."""

    class Meta:
        table_name = table_name("tickets")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    subject = UnicodeAttribute()
    order_id = UnicodeAttribute(null=True)
    order_number = UnicodeAttribute(null=True)
    status = EnumAttribute(ServiceTicketStatus, default=ServiceTicketStatus.OPEN)
    assignee_id = UnicodeAttribute(default=NOBODY)
    assignee_name = UnicodeAttribute(null=True)
    opened_at = TimeAttribute()
    moved_at = TimeAttribute()
    """When somebody wrote last, or it was closed."""
    closes_at = TimeAttribute(null=True)
    """When an answered one closes by itself."""
    closed_at = TimeAttribute(null=True)
    closed_by = UnicodeAttribute(null=True)
    """``buyer``, ``staff``, ``time``."""
    stars = IntAttribute(null=True)
    rating = UnicodeAttribute(null=True)
    replies = IntAttribute(default=0)
    version = IntAttribute(default=1)

    by_status = ByStatus()
    by_assignee = ByAssignee()


class TicketReply(Table):
    """What one side wrote."""

    class Meta:
        table_name = table_name("ticket_replies")

    ticket_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    side = EnumAttribute(Side)
    name = UnicodeAttribute(null=True)
    """Of the member of staff."""
    text = UnicodeAttribute()
    pictures = DocumentAttribute[list[str]](list[str], default=list)
    at = TimeAttribute()
