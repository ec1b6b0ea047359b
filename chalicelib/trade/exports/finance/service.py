"""Money that moved at a channel, by the channel's days: the same index from which reconciliation counts ours.

Payments of orders, purchases that are no orders, refunds that the channel accepted; then a row with what the day comes
to, in columns of its own, so that a column of movements can be summed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.mall.exports.schemas import Asked, Holds, Row
from chalicelib.trade.exports.service import CHANNELS, columns, order_number, purchase, read_day
from chalicelib.trade.payments.models import Payment
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus

SOURCES: Sequence[Any] = (Payment, DirectPurchase, Refund)


@dataclass(frozen=True)
class Movement:
    """Money in, or out."""

    what: str
    paid: Payment | DirectPurchase | Refund
    payment_id: str
    channel_number: str | None
    at: datetime | None
    money_in: int | None
    money_out: int | None
    note: str

    def row(self, day: date) -> Row:
        """In the columns of :class:`Finance`."""
        return (
            *(day, self.what, CHANNELS.get(self.paid.tender, self.paid.tender), self.paid.id, self.channel_number),
            *(order_number(self.payment_id), self.at, self.money_in, self.money_out, None, None, None, None),
            *(self.note, self.paid.member_id),
        )


class Finance:
    """``finance``. Days by China's clock, as the channel has them."""

    title = "资金流水"
    permission = "payments.read"
    states: frozenset[str] = frozenset()
    by_days = True
    columns = (
        *columns(Holds.DAY, "渠道日期"),
        *columns(Holds.TEXT, "类型", "渠道", "商户单号", "渠道单号", "订单号"),
        *columns(Holds.TIME, "时间"),
        *columns(Holds.MONEY, "收入", "支出", "日收入合计", "日支出合计", "日净额"),
        *columns(Holds.COUNT, "日笔数"),
        *columns(Holds.TEXT, "说明", "会员编号"),
    )

    def page(self, asked: Asked, day: date, inner: Any) -> tuple[list[Row], Any]:
        """*inner*: which source is next and where in it, and what the day came to so far."""
        at: dict[str, Any] = {"source": 0, "cursor": None, "in": 0, "out": 0, "count": 0} | (inner or {})
        model = SOURCES[at["source"]]
        found, cursor = read_day(model, model.by_channel_day, day, at["cursor"], lambda key: str(key.id))
        moved = [_movement(each) for each in found if (_known_since(each) or asked.as_of) <= asked.as_of]
        rows: list[Row] = [each.row(day) for each in moved]
        at |= {
            "source": at["source"] + (cursor is None),
            "cursor": cursor,
            "in": at["in"] + sum(each.money_in or 0 for each in moved),
            "out": at["out"] + sum(each.money_out or 0 for each in moved),
            "count": at["count"] + len(moved),
        }
        if at["source"] < len(SOURCES):
            return rows, at
        return [*rows, *([_total(day, at)] if at["count"] else [])], None


def _known_since(item: Payment | DirectPurchase | Refund) -> datetime | None:
    return item.requested_at if isinstance(item, Refund) else item.succeeded_at


def _movement(item: Payment | DirectPurchase | Refund) -> Movement:
    if isinstance(item, Refund):
        out = None if item.status is RefundStatus.CLOSED else item.channel_amount
        what, number, at = "退款", item.channel_refund_id, item.settled_at
        return Movement(what, item, item.payment_id, number, at, None, out, f"{item.status.value} {item.reason}")
    what = "订单支付" if isinstance(item, Payment) else purchase(item.id) or ""
    note = "迟到付款，原路退回" if isinstance(item, Payment) and item.late else ""
    return Movement(what, item, item.id, item.transaction_id, item.succeeded_at, item.channel_amount, None, note)


def _total(day: date, at: dict[str, Any]) -> Row:
    totals = (at["in"], at["out"], at["in"] - at["out"], at["count"])
    return (day, "日合计", *(None,) * 7, *totals, None, None)
