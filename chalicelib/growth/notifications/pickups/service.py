"""The kinds of notices about pickups and vouchers. The code is in none of them: it is shown to who opens the page."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.trade.fulfillment.entitlements.models import Entitlement
from chalicelib.trade.orders.models import Order

PAGE = "pages/order/detail?id={order_id}"
_WHEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_PICKUP = {
    "order_number": Variable(Type.CODE, "订单编号", "26112409000000123456"),
    "product_name": Variable(Type.TEXT, "商品名称", "蚕丝被 四季款"),
    "quantity": Variable(Type.NUMBER, "商品件数", 2),
    "store_name": Variable(Type.TEXT, "自提门店", "徐家汇店"),
    "expires_at": Variable(Type.TIME, "取货截止时间", _WHEN),
}
_FIELDS = {"character_string1": "order_number", "thing2": "product_name", "thing3": "store_name", "time4": "expires_at"}

PICKUP_READY = Kind("pickup_ready", "取货通知", Moment.PAY, PAGE, ("order_id",), _PICKUP, _FIELDS)
PICKUP_DUE = Kind("pickup_due", "取货提醒", Moment.PAY, PAGE, ("order_id",), _PICKUP, _FIELDS)
PICKUP_DONE = Kind(
    "pickup_done",
    "取货成功通知",
    Moment.PAY,
    PAGE,
    ("order_id",),
    {
        **_PICKUP,
        "pieces": Variable(Type.NUMBER, "本次取货件数", 1),
        "taken_at": Variable(Type.TIME, "取货时间", _WHEN),
    },
    {"character_string1": "order_number", "thing2": "product_name", "thing3": "store_name", "time4": "taken_at"},
)


_VOUCHER = {
    **{name: each for name, each in _PICKUP.items() if name not in ("store_name", "expires_at")},
    "store_name": Variable(Type.TEXT, "可用门店", "全部门店"),
    "expires_at": Variable(Type.TIME, "有效期至", _WHEN),
}
VOUCHER_READY = Kind("voucher_ready", "服务券到账通知", Moment.PAY, PAGE, ("order_id",), _VOUCHER, _FIELDS)
VOUCHER_DUE = Kind("voucher_due", "服务券到期提醒", Moment.PAY, PAGE, ("order_id",), _VOUCHER, _FIELDS)
VOUCHER_USED = Kind(
    "voucher_used",
    "服务券核销通知",
    Moment.PAY,
    PAGE,
    ("order_id",),
    {
        **_VOUCHER,
        "pieces": Variable(Type.NUMBER, "本次核销次数", 1),
        "taken_at": Variable(Type.TIME, "核销时间", _WHEN),
    },
    {"character_string1": "order_number", "thing2": "product_name", "thing3": "store_name", "time4": "taken_at"},
)


CODE_GIVEN = Kind(
    "code_given",
    "卡密发放通知",
    Moment.PAY,
    PAGE,
    ("order_id",),
    {
        **{name: _PICKUP[name] for name in ("order_number", "product_name", "quantity")},
        "given_at": Variable(Type.TIME, "发放时间", _WHEN),
    },
    {"character_string1": "order_number", "thing2": "product_name", "time3": "given_at"},
)


def of_pickup(order: Order, found: Entitlement, **more: Value) -> dict[str, Value]:
    """What every notice about a pickup or a voucher can say, and *more*."""
    return {
        "order_number": order.number,
        "product_name": found.lines[0].name,
        "quantity": sum(line.quantity for line in found.lines),
        "store_name": found.store_name,
        "expires_at": found.expires_at,
        **more,
    }
