"""Invoices, by the day they were asked for."""

from __future__ import annotations

from datetime import date
from typing import Any

from chalicelib.mall.exports.schemas import Asked, Holds, Row
from chalicelib.trade.exports.service import columns, read_day
from chalicelib.trade.invoices.models import Invoice, InvoiceStatus, TitleKind

STATUSES = {
    InvoiceStatus.REQUESTED: "待开具",
    InvoiceStatus.ISSUED: "已开具",
    InvoiceStatus.REJECTED: "已驳回",
    InvoiceStatus.CANCELED: "已取消",
    InvoiceStatus.TO_REVERSE: "待红冲",
    InvoiceStatus.REVERSED: "已红冲",
}
KINDS = {TitleKind.PERSONAL: "个人", TitleKind.COMPANY: "企业"}


class Invoices:
    """``invoices``."""

    title = "发票"
    permission = "invoices.read"
    states = frozenset(InvoiceStatus)
    by_days = True
    columns = (
        *columns(Holds.TEXT, "申请编号", "订单号", "状态", "抬头类型", "抬头", "税号"),
        *columns(Holds.MONEY, "金额", "待红冲后应开金额"),
        *columns(Holds.TIME, "申请时间", "开具时间", "结束时间"),
        *columns(Holds.TEXT, "发票号码", "红字发票号码", "原因"),
        *columns(Holds.TEXT, "地址", "电话", "开户行", "银行账号", "邮箱", "会员编号"),
    )

    def page(self, asked: Asked, day: date, inner: Any) -> tuple[list[Row], Any]:
        found, cursor = read_day(Invoice, Invoice.by_day, day, inner, lambda key: (key.order_id, key.number))
        return [
            _row(each) for each in found if each.requested_at <= asked.as_of and asked.state in (None, each.status)
        ], cursor


def _row(invoice: Invoice) -> Row:
    to = invoice.title
    return (
        *(invoice.id, invoice.order_number, STATUSES[invoice.status], KINDS[to.kind], to.name, to.tax_number),
        *(invoice.amount, invoice.left_amount, invoice.requested_at, invoice.issued_at, invoice.ended_at),
        *(invoice.invoice_number, invoice.red_number, invoice.reason),
        *(to.address, to.phone, to.bank, to.bank_account, to.email, invoice.member_id),
    )
