"""The kinds of notices about orders, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from chalicelib.core import clock
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.growth.notifications.values.service import cut
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.carriers.errors import CarrierUnknown
from chalicelib.trade.fulfillment.shipments.models import Parcel
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.refunds.models import Refund

PAGE = "pages/order/detail?id={order_id}"
_WHEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_ORDER: Mapping[str, Variable] = {
    "order_number": Variable(Type.CODE, "订单编号", "26112409000000123456"),
    "product_name": Variable(Type.TEXT, "商品名称", "蚕丝被 四季款等2种"),
    "quantity": Variable(Type.NUMBER, "商品件数", 2),
    "order_amount": Variable(Type.AMOUNT, "订单金额", 9900),
    "placed_at": Variable(Type.TIME, "下单时间", _WHEN),
    "receiver_name": Variable(Type.NAME, "收货人", "王小明"),
}
_PARCEL: Mapping[str, Variable] = {
    **_ORDER,
    "carrier": Variable(Type.TEXT, "快递公司", "顺丰速运"),
    "tracking_number": Variable(Type.CODE, "快递单号", "SF1234567890123"),
    "shipped_at": Variable(Type.TIME, "发货时间", _WHEN),
}


def _kind(name: str, title: str, moment: Moment, variables: Mapping[str, Variable], fields: Mapping[str, str]) -> Kind:
    return Kind(name, title, moment, PAGE, ("order_id",), variables, fields)


ORDER_PAID = _kind(
    "order_paid",
    "订单支付成功通知",
    Moment.PAY,
    {**_ORDER, "paid_at": Variable(Type.TIME, "支付时间", _WHEN)},
    {"character_string1": "order_number", "thing2": "product_name", "amount3": "order_amount", "time4": "paid_at"},
)
PARCEL_SHIPPED = _kind(
    "parcel_shipped",
    "订单发货通知",
    Moment.PAY,
    _PARCEL,
    {
        "character_string1": "order_number",
        "thing2": "product_name",
        "thing3": "carrier",
        "character_string4": "tracking_number",
        "time5": "shipped_at",
    },
)
PARCEL_SIGNED = _kind(
    "parcel_signed",
    "订单签收通知",
    Moment.PAY,
    {**_PARCEL, "signed_at": Variable(Type.TIME, "签收时间", _WHEN)},
    {"character_string1": "order_number", "thing2": "product_name", "time3": "signed_at"},
)
ORDER_CLOSED = _kind(
    "order_closed",
    "订单关闭通知",
    Moment.PAY,
    {
        **_ORDER,
        "reason": Variable(Type.TEXT, "关闭原因", "超时未支付"),
        "closed_at": Variable(Type.TIME, "关闭时间", _WHEN),
    },
    {"character_string1": "order_number", "thing2": "product_name", "thing3": "reason", "time4": "closed_at"},
)
ORDER_REFUNDED = _kind(
    "order_refunded",
    "退款成功通知",
    Moment.AFTER_SALE,
    {
        **_ORDER,
        "refund_amount": Variable(Type.AMOUNT, "退款金额", 9900),
        "reason": Variable(Type.TEXT, "退款原因", "七天无理由"),
        "refunded_at": Variable(Type.TIME, "退款时间", _WHEN),
    },
    {"character_string1": "order_number", "thing2": "product_name", "amount3": "refund_amount", "time4": "refunded_at"},
)
RECEIPT_DUE = _kind(
    "receipt_due",
    "确认收货提醒",
    Moment.PAY,
    {**_ORDER, "complete_by": Variable(Type.TIME, "自动确认时间", _WHEN)},
    {"character_string1": "order_number", "thing2": "product_name", "time3": "complete_by"},
)


def of_order(order: Order, **more: Value | None) -> dict[str, Value]:
    """What every notice about an order can say, and *more*; None is left out."""
    said: dict[str, Value | None] = {
        "order_number": order.number,
        "product_name": _goods(order),
        "quantity": sum(line.quantity for line in order.lines),
        "order_amount": order.payable_amount,
        "placed_at": order.placed_at,
        "receiver_name": order.receiver.name,
        **more,
    }
    return {name: value for name, value in said.items() if value is not None}


def of_parcel(order: Order, parcel: Parcel, **more: Value | None) -> dict[str, Value]:
    """What a notice about a parcel can say. One without a courier has neither courier nor number."""
    return of_order(
        order,
        carrier=courier_name(parcel.carrier),
        tracking_number=parcel.tracking_number,
        shipped_at=parcel.shipped_at,
        **more,
    )


def of_refund(order: Order, refund: Refund) -> dict[str, Value]:
    """What a notice about a refund can say."""
    return of_order(
        order, refund_amount=refund.amount, reason=refund.reason, refunded_at=refund.settled_at or clock.now()
    )


def courier_name(code: str | None) -> str:
    """Of a parcel: as buyers read it. One without a courier was brought by the shop."""
    if code is None:
        return "商家配送"
    try:
        return carriers.carrier(code).name
    except CarrierUnknown:
        return code


def _goods(order: Order) -> str:
    first, count = order.lines[0].name, len(order.lines)
    if count == 1:
        return first
    ending = f"等{count}种"
    return cut(first, 20 - len(ending)) + ending
