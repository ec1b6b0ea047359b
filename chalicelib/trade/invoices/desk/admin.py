"""Staff: invoices."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.catalog.media.schemas import UploadView
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.invoices import service as invoices
from chalicelib.trade.invoices.desk import service
from chalicelib.trade.invoices.desk.schemas import AskFileUpload, FindInvoices, Issue, Reject, Reverse
from chalicelib.trade.invoices.errors import (
    InvoiceAmountDiffers,
    InvoiceFileMissing,
    InvoiceMoved,
    InvoiceNotFound,
    NoInvoiceFile,
)
from chalicelib.trade.invoices.schemas import FileLink, InvoiceView
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("invoices_admin", title="发票 Invoices (staff)")


@api.get("/admin/invoices", permission="invoices.read", raises=[OrderNotFound])
def find_invoices(staff: Staff, query: FindInvoices) -> Page[InvoiceView]:
    """Find invoices by status, title, tax number, order number and days: `requested` ones are to be issued,
    `to_reverse` ones to be reversed.
    """
    return service.find(query)


@api.get("/admin/invoices/{invoice_id}", permission="invoices.read", raises=[InvoiceNotFound])
def show_invoice(staff: Staff, invoice_id: str) -> InvoiceView:
    """Show an invoice."""
    return InvoiceView.of(invoices.load(invoice_id))


@api.get("/admin/invoices/{invoice_id}/file", permission="invoices.read", raises=[InvoiceNotFound, NoInvoiceFile])
def link_to_file(staff: Staff, invoice_id: str) -> FileLink:
    """Give a link to the invoice's file."""
    return invoices.link(invoices.load(invoice_id))


@api.post("/admin/invoices/{invoice_id}/upload", permission="invoices.write", raises=[InvoiceNotFound, InvoiceMoved])
def ask_file_upload(staff: Staff, invoice_id: str, body: AskFileUpload) -> UploadView:
    """Ask for a signed form with which the file (PDF or OFD, 5 MB) is uploaded."""
    return service.upload(invoice_id, body.format)


@api.post(
    "/admin/invoices/{invoice_id}/issue",
    permission="invoices.write",
    raises=[InvoiceNotFound, InvoiceAmountDiffers, InvoiceFileMissing, InvoiceMoved],
)
def issue_invoice(staff: Staff, invoice_id: str, body: Issue) -> InvoiceView:
    """Say that an invoice is issued, with its number; its file is uploaded before."""
    return service.issue(invoice_id, body)


@api.post("/admin/invoices/{invoice_id}/reject", permission="invoices.write", raises=[InvoiceNotFound, InvoiceMoved])
def reject_invoice(staff: Staff, invoice_id: str, body: Reject) -> InvoiceView:
    """Reject a request; the buyer reads why, and may ask again."""
    return service.reject(invoice_id, body.reason)


@api.post("/admin/invoices/{invoice_id}/reverse", permission="invoices.write", raises=[InvoiceNotFound, InvoiceMoved])
def reverse_invoice(staff: Staff, invoice_id: str, body: Reverse) -> InvoiceView:
    """Say that an invoice is reversed by a red one; the buyer may ask for another about the rest."""
    return service.reverse(invoice_id, body.red_number)
