"""The kinds of notices about invoices, what they say, and when they are over."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.growth.notifications.values.service import cut
from chalicelib.trade.invoices import service as invoices
from chalicelib.trade.invoices.errors import InvoiceNotFound
from chalicelib.trade.invoices.models import Invoice, InvoiceStatus

_WHEN = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
MAX_WORDS = 20
_PAGE, _LINKS = "pages/invoice/show?id={invoice_id}", ("invoice_id",)
_ORDER = {
    "order_number": Variable(Type.CODE, "订单编号", "26112409000000123456"),
    "title": Variable(Type.TEXT, "发票抬头", "杭州思屿科技有限公司"),
    "amount": Variable(Type.AMOUNT, "开票金额", 9900),
}


def issued_over(member_id: str, invoice_id: str) -> bool:
    """It is to be reversed, or is reversed: who looks finds something else."""
    return _status(invoice_id) is not InvoiceStatus.ISSUED


def rejected_over(member_id: str, invoice_id: str) -> bool:
    """The buyer has asked anew."""
    return _asked_anew(invoice_id, InvoiceStatus.REJECTED)


def reversed_over(member_id: str, invoice_id: str) -> bool:
    """The buyer has asked anew."""
    return _asked_anew(invoice_id, InvoiceStatus.REVERSED)


INVOICE_ISSUED = Kind(
    "invoice_issued",
    "发票开具通知",
    Moment.OTHER,
    _PAGE,
    _LINKS,
    {**_ORDER, "issued_at": Variable(Type.TIME, "开票时间", _WHEN)},
    {"character_string1": "order_number", "thing2": "title", "amount3": "amount", "time4": "issued_at"},
    is_over=issued_over,
    waits_for_day=True,
)
INVOICE_REJECTED = Kind(
    "invoice_rejected",
    "发票申请驳回通知",
    Moment.OTHER,
    _PAGE,
    _LINKS,
    {
        **_ORDER,
        "reason": Variable(Type.TEXT, "驳回原因", "抬头与税号不符"),
        "ended_at": Variable(Type.TIME, "处理时间", _WHEN),
    },
    {"character_string1": "order_number", "thing2": "title", "thing3": "reason", "time4": "ended_at"},
    is_over=rejected_over,
    waits_for_day=True,
)
INVOICE_REVERSED = Kind(
    "invoice_reversed",
    "发票红冲通知",
    Moment.OTHER,
    _PAGE,
    _LINKS,
    {**_ORDER, "ended_at": Variable(Type.TIME, "红冲时间", _WHEN)},
    {"character_string1": "order_number", "thing2": "title", "amount3": "amount", "time4": "ended_at"},
    is_over=reversed_over,
    waits_for_day=True,
)


def of_invoice(invoice: Invoice) -> dict[str, Value]:
    """What every notice about *invoice* can say."""
    return {"order_number": invoice.order_number, "title": short(invoice.title.name), "amount": invoice.amount}


def short(words: str) -> str:
    """As much of *words* as a message takes."""
    return cut(words, MAX_WORDS)


def _status(invoice_id: str) -> InvoiceStatus | None:
    try:
        status: InvoiceStatus = invoices.load(invoice_id).status
    except InvoiceNotFound:
        return None
    return status


def _asked_anew(invoice_id: str, ended: InvoiceStatus) -> bool:
    found = invoices.of_order(invoice_id.rpartition("-")[0])
    return not found or found[-1].id != invoice_id or found[-1].status is not ended
