"""The kinds of notices about after-sales, and what they say. That the money is there is told by ``ORDER_REFUNDED``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.growth.notifications.orders.service import courier_name
from chalicelib.trade.after_sales.models import AfterSale, Status, Step

PAGE = "pages/after-sale/detail?id={after_sale_id}"
_WHEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_SALE: Mapping[str, Variable] = {
    "after_sale_number": Variable(Type.CODE, "售后单号", "26112409000000123456"),
    "order_number": Variable(Type.CODE, "订单编号", "26112409000000123456"),
    "product_name": Variable(Type.TEXT, "商品名称", "蚕丝被 四季款"),
    "reason": Variable(Type.TEXT, "说明", "请寄回商品"),
    "decided_at": Variable(Type.TIME, "处理时间", _WHEN),
}


def _kind(name: str, title: str, variables: Mapping[str, Variable], fields: Mapping[str, str]) -> Kind:
    return Kind(name, title, Moment.AFTER_SALE, PAGE, ("after_sale_id",), variables, fields)


AFTER_SALE_AGREED = _kind(
    "after_sale_agreed",
    "退货申请通过通知",
    {**_SALE, "send_by": Variable(Type.TIME, "寄回期限", _WHEN), "address": Variable(Type.TEXT, "退货地址", "上海市…")},
    {"character_string1": "after_sale_number", "thing2": "product_name", "thing3": "address", "time4": "send_by"},
)
AFTER_SALE_REFUSED = _kind(
    "after_sale_refused",
    "售后申请未通过通知",
    _SALE,
    {"character_string1": "after_sale_number", "thing2": "product_name", "thing3": "reason", "time4": "decided_at"},
)
AFTER_SALE_REPLACED = _kind(
    "after_sale_replaced",
    "换货发货通知",
    {
        **_SALE,
        "carrier": Variable(Type.TEXT, "快递公司", "顺丰速运"),
        "tracking_number": Variable(Type.CODE, "快递单号", "SF1234567890123"),
    },
    {
        "character_string1": "after_sale_number",
        "thing2": "product_name",
        "thing3": "carrier",
        "character_string4": "tracking_number",
    },
)
KINDS: Mapping[Status, Kind] = {
    Status.RETURNING: AFTER_SALE_AGREED,
    Status.REFUSED: AFTER_SALE_REFUSED,
    Status.REJECTED: AFTER_SALE_REFUSED,
    Status.CLOSED: AFTER_SALE_REFUSED,
    Status.REPLACED: AFTER_SALE_REPLACED,
}
"""What is told when an after-sale comes to a status; of the others the buyer knows, or hears by another kind."""


def said(sale: AfterSale, step: Step) -> dict[str, Value]:
    """What a notice about that step of the timeline can say."""
    values: dict[str, Value | None] = {
        "after_sale_number": sale.number,
        "order_number": sale.order_number,
        "product_name": sale.pieces[0].name if sale.pieces else None,
        "reason": step.text or None,
        "decided_at": step.at,
        "send_by": sale.due_at,
        "address": sale.return_to.address if sale.return_to is not None else None,
    }
    if (sending := sale.replaced_by) is not None:
        values |= {"carrier": courier_name(sending.carrier), "tracking_number": sending.tracking_number}
    return {name: value for name, value in values.items() if value is not None}
