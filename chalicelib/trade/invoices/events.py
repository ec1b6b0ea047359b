"""What happens to invoices."""

from chalicelib.core.events import Event


class InvoiceEvent(Event):
    """Names an invoice: the order and the how-manieth of it."""

    member_id: str
    order_id: str
    number: str


class InvoiceRequested(InvoiceEvent):
    """A buyer asked for it."""


class InvoiceIssued(InvoiceEvent):
    """It has a number; the buyer can fetch the file."""


class InvoiceRejected(InvoiceEvent):
    """Staff do not issue it this way, and said why; the buyer may ask again."""


class InvoiceToReverse(InvoiceEvent):
    """Money went back after it was issued: staff owe the tax office a red one."""


class InvoiceReversed(InvoiceEvent):
    """The red one is there; the buyer may ask for another about the rest."""
