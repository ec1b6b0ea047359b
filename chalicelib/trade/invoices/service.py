"""Asking for an invoice, and what refunds do to it. Rules: docs/algorithms/invoices.md."""

from __future__ import annotations

from datetime import timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import clock, money, pages, states
from chalicelib.core.schemas import Page
from chalicelib.core.settings import settings
from chalicelib.core.tables import time_text
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import UPLOAD_LIFETIME, Bucket
from chalicelib.trade.invoices.errors import (
    InvoiceExists,
    InvoiceMoved,
    InvoiceNotFound,
    InvoiceWindowOver,
    NoInvoiceFile,
    NothingToInvoice,
    OrderNotCompleted,
)
from chalicelib.trade.invoices.events import InvoiceRequested, InvoiceToReverse
from chalicelib.trade.invoices.models import OVER, STEPS, Invoice, InvoiceStatus, title_key
from chalicelib.trade.invoices.schemas import FileLink, InvoicesView, InvoiceView, ListInvoices
from chalicelib.trade.invoices.titles.service import book_of, title_of
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments.models import ADVANCE, Payment

EXPORTED = 200


def ask(member_id: str, order_id: str, title_id: str | None) -> InvoiceView:
    """Ask for an invoice of a completed order, about what was paid in money and did not go back.

    :raises OrderNotFound: :raises OrderNotCompleted: :raises InvoiceWindowOver: :raises NothingToInvoice:
    :raises TitleNotFound: :raises InvoiceExists: the order has one that is not over.
    """
    order = orders.load(member_id, order_id, consistent=True)
    _require_time(order)
    payment, earlier = _payment(order), of_order(order_id)
    amount = payable_amount(payment)
    if payment is None or amount <= 0:
        raise NothingToInvoice()
    if earlier and earlier[-1].status not in OVER:
        raise InvoiceExists()
    now, number, title = clock.now(), f"{len(earlier) + 1:02d}", title_of(member_id, title_id)
    invoice = Invoice(
        order_id=order_id,
        number=number,
        member_id=member_id,
        order_number=order.number,
        status=InvoiceStatus.REQUESTED,
        place=f"{time_text(now)}#{order_id}#{number}",
        title=title,
        title_key=title_key(title.name),
        tax_number=title.tax_number,
        amount=amount,
        requested_at=now,
        day=clock.business_day(now).isoformat(),
    )
    with Transaction() as tx:
        # Two at once want the same number: one gets it.
        tx.put(invoice, only_if=Invoice.number.does_not_exist(), otherwise=InvoiceExists())
        unrefunded = Payment.refunded_amount == payment.refunded_amount
        tx.check(Payment(id=payment.id), only_if=unrefunded, otherwise=InvoiceMoved())
        tx.emit(InvoiceRequested(member_id=member_id, order_id=order_id, number=number))
    return InvoiceView.of(invoice)


def show(member_id: str, order_id: str) -> InvoicesView:
    """The invoices of the member's order, and what another would be about. :raises OrderNotFound:"""
    order = orders.load(member_id, order_id, consistent=True)
    items = [InvoiceView.of(each) for each in of_order(order_id)]
    return InvoicesView(items=items, amount=max(payable_amount(_payment(order)), 0))


def mine(member_id: str, asked: ListInvoices) -> Page[InvoiceView]:
    """The member's invoices, newest first."""
    found, cursor = pages.query(Invoice.by_member, member_id, limit=asked.limit, cursor=asked.cursor)
    return Page[InvoiceView](items=[InvoiceView.of(each) for each in found], cursor=cursor)


def cancel(member_id: str, invoice_id: str) -> InvoiceView:
    """The buyer does not want it any more. :raises InvoiceNotFound: :raises InvoiceMoved: it is issued, or over."""
    invoice = own(member_id, invoice_id)
    with Transaction() as tx:
        end(tx, invoice, InvoiceStatus.CANCELED, reason="买家取消")
    return InvoiceView.of(load(invoice_id))


def link(invoice: Invoice) -> FileLink:
    """A link to the file. :raises NoInvoiceFile: it has none."""
    if invoice.file_key is None:
        raise NoInvoiceFile()
    ending = invoice.file_key.rpartition(".")[2]
    url = storage.presign_download(Bucket.WORK, invoice.file_key, filename=f"fapiao-{invoice.order_number}.{ending}")
    return FileLink(url=url, expires_at=clock.now() + UPLOAD_LIFETIME)


def own(member_id: str, invoice_id: str) -> Invoice:
    """The member's. :raises InvoiceNotFound: another's, or none."""
    invoice = load(invoice_id)
    if invoice.member_id != member_id:
        raise InvoiceNotFound()
    return invoice


def load(invoice_id: str) -> Invoice:
    """:raises InvoiceNotFound:"""
    order_id, _, number = invoice_id.rpartition("-")
    invoice = Invoice.find(order_id, number, consistent=True) if order_id and number else None
    if invoice is None:
        raise InvoiceNotFound()
    return invoice


def of_order(order_id: str) -> list[Invoice]:
    """The invoices of an order, oldest first. Consistent."""
    return list(Invoice.query(order_id, consistent_read=True))


def payable_amount(payment: Payment | None) -> int:
    """What an invoice is about: what channels took for the payment, be it before the order (a deposit), less their part
    of what went back, or is on its way.

    Accounts of the mall's own are no part of it: stored value is invoiced when it is bought, not when it is spent.
    """
    if payment is None:
        return 0
    paid = [*(part.amount for part in payment.parts), payment.channel_amount]
    by_channel = [*(part.tender == ADVANCE for part in payment.parts), True]
    back = money.split(payment.refunded_amount, paid)
    return sum(taken - gone for taken, gone, counts in zip(paid, back, by_channel, strict=True) if counts)


def follow_refund(tx: Transaction, member_id: str, order_id: str) -> None:
    """Money went back: what is only asked for is about less, or about nothing; what is issued must be reversed,
    and says what stays paid.

    :raises InvoiceMoved: (at commit) staff were at it; it is looked at again.
    """
    invoices = of_order(order_id)
    invoice = invoices[-1] if invoices else None
    if invoice is None or invoice.status in OVER:
        return
    amount = max(payable_amount(_payment(orders.load(member_id, order_id, consistent=True))), 0)
    if amount >= invoice.amount:
        return
    if invoice.status is InvoiceStatus.TO_REVERSE:
        _write(tx, invoice, Invoice.left_amount.set(amount))
    elif invoice.status is InvoiceStatus.ISSUED:
        _move(tx, invoice, InvoiceStatus.TO_REVERSE, Invoice.left_amount.set(amount))
        tx.emit(InvoiceToReverse(member_id=member_id, order_id=order_id, number=invoice.number))
    elif amount <= 0:
        end(tx, invoice, InvoiceStatus.CANCELED, reason="订单已全额退款")
    else:
        _write(tx, invoice, Invoice.amount.set(amount))


def end(tx: Transaction, invoice: Invoice, to: InvoiceStatus, *, reason: str) -> None:
    """Add the end of a request to *tx*. :raises InvoiceMoved: (at commit) it is issued, or over."""
    item = Invoice(order_id=invoice.order_id, number=invoice.number)
    actions = [Invoice.ended_at.set(clock.now()), Invoice.reason.set(reason)]
    states.move(tx, item, Invoice.status, STEPS, to, *actions, otherwise=InvoiceMoved())


def export(member_id: str) -> list[dict[str, object]]:
    """The member's titles and newest invoices, for the copy of their personal data. Registered with identity."""
    newest = Invoice.by_member.query(member_id, scan_index_forward=False, limit=EXPORTED)
    titles: list[dict[str, object]] = [each.model_dump(mode="json") for each in book_of(member_id).titles]
    return titles + [InvoiceView.of(each).model_dump(mode="json") for each in newest]


def _require_time(order: Order) -> None:
    if order.status is not OrderStatus.COMPLETED or order.completed_at is None:
        raise OrderNotCompleted()
    if clock.now() > order.completed_at + timedelta(days=settings().invoice_request_days):
        raise InvoiceWindowOver()


def _payment(order: Order) -> Payment | None:
    return Payment.find(order.payment_id, consistent=True) if order.payment_id else None


def _write(tx: Transaction, invoice: Invoice, action: Action) -> None:
    """Change an amount of *invoice*, whose status and amounts are as they were read."""
    item = Invoice(order_id=invoice.order_id, number=invoice.number)
    as_read = (Invoice.status == invoice.status) & (Invoice.amount == invoice.amount) & _left_as_read(invoice)
    tx.update(item, [action], only_if=as_read, otherwise=InvoiceMoved())


def _left_as_read(invoice: Invoice) -> Condition:
    left = invoice.left_amount
    as_read: Condition = Invoice.left_amount.does_not_exist() if left is None else Invoice.left_amount == left
    return as_read


def _move(tx: Transaction, invoice: Invoice, to: InvoiceStatus, action: Action) -> None:
    item = Invoice(order_id=invoice.order_id, number=invoice.number)
    as_read = Invoice.amount == invoice.amount
    states.move(tx, item, Invoice.status, STEPS, to, action, also=as_read, otherwise=InvoiceMoved())
