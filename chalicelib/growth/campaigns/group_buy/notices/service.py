"""The kinds of notices about groups, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.group_buy.models import Group, GroupStatus, Seat
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.growth.notifications.service import tell
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order

PAGE = "pages/group/detail?id={group_id}"
REASONS = {"time": "未在规定时间内成团", "stopped": "活动已提前结束", "left": "团内已无成员"}
_WHEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_GROUP: Mapping[str, Variable] = {
    "product_name": Variable(Type.TEXT, "商品名称", "蚕丝被 四季款"),
    "order_number": Variable(Type.CODE, "订单编号", "26112409000000123456"),
    "order_amount": Variable(Type.AMOUNT, "支付金额", 9900),
    "decided_at": Variable(Type.TIME, "时间", _WHEN),
}
GROUP_COMPLETE = Kind(
    "group_complete",
    "拼团成功通知",
    Moment.PAY,
    PAGE,
    ("group_id",),
    {**_GROUP, "size": Variable(Type.NUMBER, "成团人数", 3)},
    {"thing1": "product_name", "number2": "size", "amount3": "order_amount", "time4": "decided_at"},
)
GROUP_FREE = Kind(
    "group_free_order",
    "拼团免单通知",
    Moment.PAY,
    PAGE,
    ("group_id",),
    {**_GROUP, "size": Variable(Type.NUMBER, "成团人数", 3)},
    {"thing1": "product_name", "character_string2": "order_number", "amount3": "order_amount", "time4": "decided_at"},
)
GROUP_FAILED = Kind(
    "group_failed",
    "拼团失败通知",
    Moment.PAY,
    PAGE,
    ("group_id",),
    {**_GROUP, "reason": Variable(Type.TEXT, "失败原因", "未在规定时间内成团")},
    {"thing1": "product_name", "amount2": "order_amount", "thing3": "reason", "time4": "decided_at"},
)


def tell_decided(tx: Transaction, group_id: str, member_id: str) -> None:
    """Add to *tx* that the member is told what became of their group, once."""
    found = batch_get({Group: [group_id], Seat: [(group_id, member_id)]}, consistent=True)
    group: Group = found[Group][group_id]
    seat: Seat = found[Seat][group_id, member_id]
    order = orders.load(member_id, seat.order_id)
    kind = GROUP_COMPLETE if group.status is GroupStatus.COMPLETE else GROUP_FAILED
    if group.free_member_id == member_id:
        kind = GROUP_FREE
    tell(tx, kind, member_id=member_id, group=group_id, values=_said(group, order), links={"group_id": group_id})


def _said(group: Group, order: Order) -> dict[str, Value]:
    more: dict[str, Value] = {"size": group.size} if group.size else {"reason": REASONS.get(group.reason or "", "")}
    return {
        "product_name": order.lines[0].name,
        "order_number": order.number,
        "order_amount": order.paid_amount,
        "decided_at": group.decided_at or clock.now(),
        **more,
    }
