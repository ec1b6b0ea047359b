"""Buyers: titles and invoices."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.invoices import service
from chalicelib.trade.invoices.errors import (
    InvoiceExists,
    InvoiceMoved,
    InvoiceNotFound,
    InvoiceWindowOver,
    NoInvoiceFile,
    NothingToInvoice,
    OrderNotCompleted,
    TitleLimitReached,
    TitleNotFound,
    TitlesMoved,
)
from chalicelib.trade.invoices.schemas import (
    AskInvoice,
    FileLink,
    InvoicesView,
    InvoiceView,
    ListInvoices,
    SaveTitle,
    TitlesView,
)
from chalicelib.trade.invoices.titles import service as titles
from chalicelib.trade.orders.errors import OrderNotFound

api = Api("invoices", title="发票 Invoices")


@api.get("/me/invoice-titles")
def list_titles(buyer: Buyer) -> TitlesView:
    """List whom invoices can be made out to."""
    return TitlesView.of(titles.book_of(buyer.member_id))


@api.post("/me/invoice-titles", status=201, raises=[TitleLimitReached, TitlesMoved])
def add_title(buyer: Buyer, body: SaveTitle) -> TitlesView:
    """Add a title; a company's tax number is checked by its check character."""
    return TitlesView.of(titles.add(buyer.member_id, body))


@api.put("/me/invoice-titles/{title_id}", raises=[TitleNotFound, TitlesMoved])
def replace_title(buyer: Buyer, title_id: str, body: SaveTitle) -> TitlesView:
    """Write a title anew; invoices keep what it was when they were asked for."""
    return TitlesView.of(titles.replace(buyer.member_id, title_id, body))


@api.delete("/me/invoice-titles/{title_id}", raises=[TitleNotFound, TitlesMoved])
def remove_title(buyer: Buyer, title_id: str) -> TitlesView:
    """Take a title out of the book."""
    return TitlesView.of(titles.remove(buyer.member_id, title_id))


@api.get("/orders/{order_id}/invoices", raises=[OrderNotFound])
def invoices_of_order(buyer: Buyer, order_id: str) -> InvoicesView:
    """Show the invoices of an order, and what another would be about."""
    return service.show(buyer.member_id, order_id)


@api.post(
    "/orders/{order_id}/invoices",
    status=201,
    raises=[
        OrderNotFound,
        OrderNotCompleted,
        InvoiceWindowOver,
        NothingToInvoice,
        TitleNotFound,
        InvoiceExists,
        InvoiceMoved,
    ],
)
def ask_invoice(buyer: Buyer, order_id: str, body: AskInvoice) -> InvoiceView:
    """Ask for an invoice of a completed order."""
    return service.ask(buyer.member_id, order_id, body.title_id)


@api.get("/me/invoices")
def my_invoices(buyer: Buyer, query: ListInvoices) -> Page[InvoiceView]:
    """List invoices, newest first."""
    return service.mine(buyer.member_id, query)


@api.post("/me/invoices/{invoice_id}/cancel", raises=[InvoiceNotFound, InvoiceMoved])
def cancel_invoice(buyer: Buyer, invoice_id: str) -> InvoiceView:
    """Take a request back that is not issued yet."""
    return service.cancel(buyer.member_id, invoice_id)


@api.get("/me/invoices/{invoice_id}/file", raises=[InvoiceNotFound, NoInvoiceFile])
def link_to_invoice(buyer: Buyer, invoice_id: str) -> FileLink:
    """Give a link to the invoice's file."""
    return service.link(service.own(buyer.member_id, invoice_id))
