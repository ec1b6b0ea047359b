"""What staff do with an invoice is told to the buyer who asked for it.

What is over already is not told at all: it would use up an agreement that the next notice needs.
"""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.invoices import service
from chalicelib.growth.notifications.kinds.schemas import Kind, Value
from chalicelib.growth.notifications.service import tell
from chalicelib.trade.invoices import service as invoices
from chalicelib.trade.invoices.events import InvoiceEvent, InvoiceIssued, InvoiceRejected, InvoiceReversed
from chalicelib.trade.invoices.models import Invoice


@subscribe(InvoiceIssued, queue="notifications")
def tell_invoice_issued(event: InvoiceIssued, tx: Transaction) -> None:
    """It is there, and a tap leads to its file."""
    invoice = _named(event)
    if invoice.issued_at is not None and not service.issued_over(event.member_id, invoice.id):
        _tell(tx, service.INVOICE_ISSUED, invoice, {"issued_at": invoice.issued_at})


@subscribe(InvoiceRejected, queue="notifications")
def tell_invoice_rejected(event: InvoiceRejected, tx: Transaction) -> None:
    """It was refused, and why."""
    invoice = _named(event)
    if invoice.ended_at is not None and not service.rejected_over(event.member_id, invoice.id):
        said: dict[str, Value] = {"reason": service.short(invoice.reason or ""), "ended_at": invoice.ended_at}
        _tell(tx, service.INVOICE_REJECTED, invoice, said)


@subscribe(InvoiceReversed, queue="notifications")
def tell_invoice_reversed(event: InvoiceReversed, tx: Transaction) -> None:
    """It counts no more; another about the rest can be asked for."""
    invoice = _named(event)
    if invoice.ended_at is not None and not service.reversed_over(event.member_id, invoice.id):
        _tell(tx, service.INVOICE_REVERSED, invoice, {"ended_at": invoice.ended_at})


def _named(event: InvoiceEvent) -> Invoice:
    return invoices.load(f"{event.order_id}-{event.number}")


def _tell(tx: Transaction, kind: Kind, invoice: Invoice, said: dict[str, Value]) -> None:
    links = {"invoice_id": invoice.id}
    values = {**service.of_invoice(invoice), **said}
    tell(tx, kind, member_id=invoice.member_id, group=invoice.id, values=values, links=links)
