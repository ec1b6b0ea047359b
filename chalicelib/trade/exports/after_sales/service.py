"""After-sales, by the day they were opened."""

from __future__ import annotations

from datetime import date
from typing import Any

from chalicelib.mall.exports.schemas import Asked, Holds, Row
from chalicelib.trade.after_sales.models import BUYER, REASONS, SYSTEM, AfterSale, Kind, Status
from chalicelib.trade.exports.service import columns, read_day

KINDS = {Kind.REFUND_ONLY: "仅退款", Kind.RETURN_AND_REFUND: "退货退款", Kind.EXCHANGE: "换货"}
STATUSES = {
    Status.REQUESTED: "待审核",
    Status.RETURNING: "待买家寄回",
    Status.SENT: "买家已寄回",
    Status.RECEIVED: "已收货",
    Status.REFUNDING: "退款中",
    Status.REPLACING: "待换货",
    Status.REFUSED: "已拒绝",
    Status.APPEALED: "申诉中",
    Status.REFUNDED: "已退款",
    Status.REPLACED: "已换货",
    Status.REJECTED: "申诉驳回",
    Status.CANCELED: "买家已取消",
    Status.CLOSED: "已关闭",
}


class AfterSales:
    """``after_sales``."""

    title = "售后"
    permission = "aftersales.read"
    states = frozenset(Status)
    by_days = True
    columns = (
        *columns(Holds.TEXT, "售后单号", "订单号", "类型", "状态", "原因", "说明", "商品"),
        *columns(Holds.COUNT, "件数", "接受件数"),
        *columns(Holds.MONEY, "申请时应退", "买家申请", "应退货款", "扣除", "退运费", "实退"),
        *columns(Holds.TIME, "申请时间", "状态时间"),
        *columns(Holds.TEXT, "退款单号", "退货运单", "换货运单", "最近经办人", "来源", "会员编号", "电话"),
    )

    def page(self, asked: Asked, day: date, inner: Any) -> tuple[list[Row], Any]:
        found, cursor = read_day(AfterSale, AfterSale.by_day, day, inner, lambda key: (key.member_id, key.id))
        return [
            _row(each) for each in found if each.opened_at <= asked.as_of and asked.state in (None, each.status)
        ], cursor


def _row(sale: AfterSale) -> Row:
    goods = "；".join(f"{piece.name} {piece.spec} ×{piece.quantity}".replace("  ", " ") for piece in sale.pieces)
    by = [step.actor for step in sale.steps if step.actor not in (BUYER, SYSTEM)]
    sent = [parcel.tracking_number if parcel else None for parcel in (sale.sent_back, sale.replaced_by)]
    return (
        *(sale.number, sale.order_number, KINDS[sale.kind], STATUSES[sale.status], REASONS[sale.reason]),
        *(sale.description, goods, sum(piece.quantity for piece in sale.pieces)),
        *(sum(piece.accepted for piece in sale.pieces), sale.proposed_amount, sale.asked_amount),
        *(sale.goods_amount, sale.withheld_amount, sale.freight_amount, sale.refund_amount),
        *(sale.opened_at, sale.moved_at, sale.refund_id, *sent, by[-1] if by else None),
        *("客服发起" if sale.by_staff else "买家申请", sale.member_id, sale.phone),
    )
