"""Refunds, by the day they were asked for: where the money goes, how far it is, and who decided."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from chalicelib.core.plugs import PlugMap
from chalicelib.core.tables import batch_get
from chalicelib.mall.exports.schemas import Asked, Cell, Column, Holds, Row
from chalicelib.trade.after_sales.models import AfterSale, Status
from chalicelib.trade.exports.service import CHANNELS, columns, order_number, purchase, read_day
from chalicelib.trade.payments.models import ADVANCE
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus

STATUSES = {
    RefundStatus.REQUESTED: "待受理",
    RefundStatus.PROCESSING: "退款中",
    RefundStatus.SUCCEEDED: "已退款",
    RefundStatus.ABNORMAL: "异常",
    RefundStatus.CLOSED: "已关闭",
}
_DECIDED = (Status.REFUNDING, Status.REFUNDED)
_AFTER_SALE = re.compile(r"-(afs_[0-9a-z]+)")
OTHER = "其他账户退款"


class Purses(Protocol):
    """Tells apart what went back to an account: a column each."""

    columns: Sequence[str]

    def split(self, refunds: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[int]]:
        """(member, refund) of many → an amount for each column; their sum is what went back."""


purses: PlugMap[Purses] = PlugMap("refund_purses")
"""By account tender. What an account does not tell apart stands in a column of its own."""


class Refunds:
    """``refunds``."""

    title = "退款"
    permission = "payments.read"
    states = frozenset(RefundStatus)
    by_days = True

    @property
    def columns(self) -> Sequence[Column]:
        return (
            *columns(Holds.TEXT, "退款单号", "订单号", "其他购买", "状态", "退款原因"),
            *columns(Holds.MONEY, "退款金额", "渠道退款", *_accounts(), "预付退款"),
            *columns(Holds.TEXT, "渠道"),
            *columns(Holds.TIME, "申请时间", "完成时间"),
            *columns(Holds.TEXT, "支付单号", "渠道退款单号", "异常原因", "售后单号", "经办人", "会员编号"),
        )

    def page(self, asked: Asked, day: date, inner: Any) -> tuple[list[Row], Any]:
        found, cursor = read_day(Refund, Refund.by_day, day, inner, lambda key: str(key.id))
        wanted = [each for each in found if each.requested_at <= asked.as_of and asked.state in (None, each.status)]
        sales, split = _after_sales(wanted), _split(wanted)
        return [_row(each, sales.get(each.id), split[each.id]) for each in wanted], cursor


def _accounts() -> Sequence[str]:
    """The columns of accounts, in the order of the map."""
    return (*(name for each in purses.values() for name in each.columns), OTHER)


def _row(refund: Refund, sale: AfterSale | None, split: Sequence[Cell]) -> Row:
    advance = sum(part.amount for part in refund.parts if part.tender == ADVANCE)
    by = next((step.actor for step in sale.steps if step.status in _DECIDED), None) if sale else None
    number = sale.number if sale else None
    return (
        *(refund.id, order_number(refund.payment_id), purchase(refund.payment_id), STATUSES[refund.status]),
        *(refund.reason, refund.amount, refund.channel_amount, *split, advance),
        *(CHANNELS.get(refund.tender, refund.tender), refund.requested_at, refund.settled_at),
        *(refund.payment_id, refund.channel_refund_id, refund.problem, number, by, refund.member_id),
    )


def _after_sales(refunds: Collection[Refund]) -> dict[str, AfterSale]:
    """Refund → the after-sale that asked for it: its id is in the number."""
    named = {each.id: (each.member_id, match[1]) for each in refunds if (match := _AFTER_SALE.search(each.id))}
    found = batch_get({AfterSale: list(named.values())}, consistent=True)[AfterSale] if named else {}
    return {refund_id: found[key] for refund_id, key in named.items() if key in found}


def _split(refunds: Collection[Refund]) -> dict[str, Sequence[int]]:
    """Refund → what went to accounts, as :func:`_accounts` names it."""
    told = {each.id: dict.fromkeys(_accounts(), 0) for each in refunds}
    for tender in {part.tender for each in refunds for part in each.parts} - {ADVANCE}:
        sums = {(each.member_id, each.id): _part(each, tender) for each in refunds if _part(each, tender)}
        known = purses[tender].split(list(sums)) if tender in purses else {}
        for key, amount in sums.items():
            shares = zip(purses[tender].columns, known[key], strict=True) if key in known else [(OTHER, amount)]
            for name, share in shares:
                told[key[1]][name] += share
    return {refund_id: list(amounts.values()) for refund_id, amounts in told.items()}


def _part(refund: Refund, tender: str) -> int:
    return sum(part.amount for part in refund.parts if part.tender == tender)
