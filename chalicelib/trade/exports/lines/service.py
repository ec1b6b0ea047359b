"""Orders, one line a row. What belongs to the whole order stands in its first row only: columns can be summed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from chalicelib.core.plugs import PlugMap
from chalicelib.core.tables import batch_get
from chalicelib.mall.exports.schemas import Asked, Cell, Column, Holds, Row
from chalicelib.trade.exports.service import columns, read_day
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.orders.models import Flag, Fulfillment, Order, OrderStatus
from chalicelib.trade.payments.models import ADVANCE, Payment
from chalicelib.trade.pricing.schemas import PricedLine, Target

STATUSES = {
    OrderStatus.PENDING_PAYMENT: "待付款",
    OrderStatus.PAID: "已付款",
    OrderStatus.PROCESSING: "待发货",
    OrderStatus.SHIPPED: "已发货",
    OrderStatus.COMPLETED: "已完成",
    OrderStatus.CANCELED: "已取消",
}
WAYS = {
    Fulfillment.PARCEL: "快递",
    Fulfillment.PICKUP: "自提",
    Fulfillment.VOUCHER: "到店核销",
    Fulfillment.CODE: "卡密",
}
FLAGS = {Flag.RED: "红", Flag.YELLOW: "黄", Flag.GREEN: "绿", Flag.BLUE: "蓝", Flag.PURPLE: "紫"}
discounts: PlugMap[str] = PlugMap("discount_columns")
"""Group of an adjustment, or its kind where it has none → the column of what it takes off."""
REST = "其他优惠"
_SENT = (OrderStatus.SHIPPED, OrderStatus.COMPLETED)


BEFORE = (
    *columns(Holds.TEXT, "订单号", "状态"),
    *columns(Holds.TIME, "下单时间", "付款时间", "发货时间", "完成时间", "取消时间"),
    *columns(Holds.TEXT, "取消原因", "会员编号", "来源", "履约方式"),
    *columns(Holds.TEXT, "商品编号", "规格编号", "商品", "规格"),
    *columns(Holds.COUNT, "数量"),
    *columns(Holds.MONEY, "单价", "商品金额"),
)
AFTER = (
    *columns(Holds.MONEY, "行应付", "行运费", "行成本"),
    *columns(Holds.TEXT, "活动"),
    *columns(Holds.MONEY, "订单应付", "订单实付", "微信支付", "账户支付", "预付抵扣", "已退货款", "已退运费"),
    *columns(Holds.TEXT, "收货人", "电话", "地址", "自提门店", "快递单号", "买家备注", "商家备注", "标记"),
)


class OrderLines:
    """``orders``: those placed on the days, by the day they were placed."""

    title = "订单"
    permission = "orders.read"
    states = frozenset(OrderStatus)
    by_days = True

    @property
    def columns(self) -> Sequence[Column]:
        return (*BEFORE, *columns(Holds.MONEY, *_discounts()), *AFTER)

    def page(self, asked: Asked, day: date, inner: Any) -> tuple[list[Row], Any]:
        found, cursor = read_day(Order, Order.by_day, day, inner, lambda key: (key.member_id, key.id))
        orders = [each for each in found if each.placed_at <= asked.as_of and asked.state in (None, each.status)]
        wanted = [order.payment_id for order in orders if order.payment_id]
        paid = batch_get({Payment: wanted}, consistent=True)[Payment]
        return [row for order in orders for row in rows_of(order, paid.get(order.payment_id or ""))], cursor


def rows_of(order: Order, payment: Payment | None) -> Iterator[Row]:
    """A row for each line. The shares of discounts are read from what was stored with the order."""
    head, receiver = _head(order), _receiver(order)
    for number, line in enumerate(order.lines):
        whole = _whole(order, payment) if number == 0 else (None,) * 7
        yield (*head, *_line(order, line, number), *whole, *receiver)


def _discounts() -> Sequence[str]:
    """The columns of discounts, in the order of the map."""
    return (*dict.fromkeys(discounts.values()), REST)


def _head(order: Order) -> Sequence[Cell]:
    times = (order.placed_at, order.paid_at, order.shipped_at, order.completed_at, order.canceled_at)
    way = WAYS[order.fulfillment]
    return (order.number, STATUSES[order.status], *times, order.cancel_reason, order.member_id, order.source, way)


def _line(order: Order, line: PricedLine, number: int) -> Sequence[Cell]:
    taken, titles = dict.fromkeys(_discounts(), 0), list[str]()
    for each in order.adjustments:
        share = each.shares[number]
        if each.target is Target.GOODS and share:
            taken[discounts.get(each.group or each.kind, REST)] += share
            titles += [each.title] if each.group else []
    cost = None if line.cost_amount is None else line.cost_amount * line.quantity
    return (
        *(line.product_id, line.sku_id, line.name, line.spec, line.quantity, line.unit_amount, line.goods_amount),
        *taken.values(),
        *(line.payable_amount, line.freight_amount, cost, "；".join(titles)),
    )


def _whole(order: Order, payment: Payment | None) -> Sequence[Cell]:
    channel, accounts, advance = None, None, None
    if payment is not None:
        advance = sum(part.amount for part in payment.parts if part.tender == ADVANCE)
        accounts = sum(part.amount for part in payment.parts if part.tender != ADVANCE)
        channel = payment.channel_amount
    refunded = (order.refunded_goods_amount, order.refunded_freight_amount)
    return (order.payable_amount, order.paid_amount, channel, accounts, advance, *refunded)


def _receiver(order: Order) -> Sequence[Cell]:
    to = order.receiver
    place = to.province + to.city + to.district + to.detail
    store = order.place.name if order.place else None
    flag = FLAGS.get(order.flag) if order.flag else None
    return (to.name, to.phone, place, store, _waybills(order), order.remark, order.memo, flag)


def _waybills(order: Order) -> str | None:
    # One query for each order that has left: few read units, but a millisecond or two.
    if order.fulfillment is not Fulfillment.PARCEL or order.status not in _SENT:
        return None
    return " ".join(each.tracking_number for each in shipments.parcels_of(order.id) if each.tracking_number)
