"""Staff at the tax office's desk: issue with number and file, reject, reverse."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import clock, pages, states
from chalicelib.core.schemas import Page
from chalicelib.core.tables import time_text
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.mall.catalog.media.schemas import UploadView
from chalicelib.trade.invoices import service
from chalicelib.trade.invoices.desk.schemas import FindInvoices, Issue
from chalicelib.trade.invoices.errors import InvoiceAmountDiffers, InvoiceFileMissing, InvoiceMoved
from chalicelib.trade.invoices.events import InvoiceIssued, InvoiceRejected, InvoiceReversed
from chalicelib.trade.invoices.models import STEPS, Invoice, InvoiceStatus, title_key
from chalicelib.trade.invoices.schemas import InvoiceView
from chalicelib.trade.orders.desk.service import by_number

MAX_BYTES = 5 * 1024 * 1024
CONTENT_TYPES = {"pdf": "application/pdf", "ofd": "application/ofd"}
_BEGINS = {"pdf": b"%PDF-", "ofd": b"PK\x03\x04"}


def find(asked: FindInvoices) -> Page[InvoiceView]:
    """Invoices, the latest request first; of an order all of them. :raises OrderNotFound:"""
    if asked.order_number is not None:
        of_order = service.of_order(by_number(asked.order_number).id)
        return Page[InvoiceView](items=[InvoiceView.of(each) for each in reversed(of_order)])
    source, key = _list(asked)
    chosen = None if asked.status is None or source is Invoice.by_status else Invoice.status == asked.status
    found, cursor = pages.query(
        source, key, _span(*asked.days()), limit=asked.limit, cursor=asked.cursor, filter_condition=chosen
    )
    return Page[InvoiceView](items=[InvoiceView.of(each) for each in found], cursor=cursor)


def _list(asked: FindInvoices) -> tuple[Any, str]:
    """The index that answers, and its key."""
    if asked.title is not None:
        return Invoice.by_title, title_key(asked.title)
    if asked.tax_number is not None:
        return Invoice.by_tax_number, asked.tax_number
    return Invoice.by_status, (asked.status or InvoiceStatus.REQUESTED).value


def _span(first: date | None, last: date | None) -> Condition | None:
    """Those that were asked for from the first business day to the last one."""
    begin = None if first is None else time_text(clock.day_start(first))
    end = None if last is None else time_text(clock.day_start(last + timedelta(days=1)))
    if begin and end:
        within: Condition = Invoice.place.between(begin, end)
        return within
    limit: Condition | None = Invoice.place >= begin if begin else Invoice.place < end if end else None
    return limit


def upload(invoice_id: str, kind: str) -> UploadView:
    """A form with which the file is uploaded. :raises InvoiceNotFound: :raises InvoiceMoved: it is issued, or over."""
    invoice = service.load(invoice_id)
    if invoice.status is not InvoiceStatus.REQUESTED:
        raise InvoiceMoved()
    return UploadView(**asdict(storage.presign_work_upload(_key(invoice, kind), CONTENT_TYPES[kind], MAX_BYTES)))


def issue(invoice_id: str, asked: Issue) -> InvoiceView:
    """It has a number and a file. :raises InvoiceNotFound: :raises InvoiceFileMissing: nothing fitting was uploaded.

    :raises InvoiceAmountDiffers: it is asked for about another amount.
    :raises InvoiceMoved: it is not asked for any more, or (at commit) about another amount by now.
    """
    invoice = service.load(invoice_id)
    if invoice.status is InvoiceStatus.REQUESTED and asked.amount != invoice.amount:
        raise InvoiceAmountDiffers(amount=invoice.amount)
    key = _key(invoice, asked.format)
    _require_file(key, asked.format)
    with Transaction() as tx:
        actions = [
            Invoice.issued_at.set(clock.now()),
            Invoice.invoice_number.set(asked.invoice_number),
            Invoice.file_key.set(key),
        ]
        same = Invoice.amount == asked.amount
        _move(tx, invoice, InvoiceStatus.ISSUED, *actions, also=same)
        tx.emit(InvoiceIssued(member_id=invoice.member_id, order_id=invoice.order_id, number=invoice.number))
    return InvoiceView.of(service.load(invoice_id))


def reject(invoice_id: str, reason: str) -> InvoiceView:
    """Not this way; the buyer may ask again. :raises InvoiceNotFound: :raises InvoiceMoved: it is issued, or over."""
    invoice = service.load(invoice_id)
    with Transaction() as tx:
        service.end(tx, invoice, InvoiceStatus.REJECTED, reason=reason)
        tx.emit(InvoiceRejected(member_id=invoice.member_id, order_id=invoice.order_id, number=invoice.number))
    return InvoiceView.of(service.load(invoice_id))


def reverse(invoice_id: str, red_number: str) -> InvoiceView:
    """The red one is there. :raises InvoiceNotFound: :raises InvoiceMoved: it was not issued, or is reversed."""
    invoice = service.load(invoice_id)
    with Transaction() as tx:
        actions = [Invoice.red_number.set(red_number), Invoice.ended_at.set(clock.now())]
        _move(tx, invoice, InvoiceStatus.REVERSED, *actions)
        tx.emit(InvoiceReversed(member_id=invoice.member_id, order_id=invoice.order_id, number=invoice.number))
    return InvoiceView.of(service.load(invoice_id))


def _move(
    tx: Transaction, invoice: Invoice, to: InvoiceStatus, *actions: Action, also: Condition | None = None
) -> None:
    item = Invoice(order_id=invoice.order_id, number=invoice.number)
    states.move(tx, item, Invoice.status, STEPS, to, *actions, also=also, otherwise=InvoiceMoved())


def _require_file(key: str, kind: str) -> None:
    stream = storage.open_stream(Bucket.WORK, key)
    if stream is None:
        raise InvoiceFileMissing()
    with stream:
        if stream.read(5)[: len(_BEGINS[kind])] != _BEGINS[kind]:
            raise InvoiceFileMissing()


def _key(invoice: Invoice, kind: str) -> str:
    return f"invoices/{invoice.order_id}/{invoice.number}.{kind}"
