"""The kinds of notices about reviews, what they say, and when they are over."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Variable
from chalicelib.growth.notifications.values.service import cut
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderNotFound
from chalicelib.trade.reviews.automatic.service import unreviewed

_WHEN = datetime(2026, 12, 24, 2, 0, tzinfo=UTC)
MAX_WORDS = 20


def reviewed(member_id: str, order_id: str) -> bool:
    """Nothing of the order waits for a review any more."""
    try:
        return not unreviewed(orders.load(member_id, order_id, consistent=True))
    except OrderNotFound:
        return True


REVIEW_DUE = Kind(
    "review_due",
    "评价提醒",
    Moment.PAY,
    "pages/review/write?order_id={order_id}",
    ("order_id",),
    {
        "order_number": Variable(Type.CODE, "订单编号", "26112409000000123456"),
        "product_name": Variable(Type.TEXT, "商品名称", "蚕丝被 四季款"),
        "review_by": Variable(Type.TIME, "截止时间", _WHEN),
    },
    {"character_string1": "order_number", "thing2": "product_name", "time3": "review_by"},
    is_over=reviewed,
    waits_for_day=True,
)
REVIEW_REPLIED = Kind(
    "review_replied",
    "评价回复通知",
    Moment.OTHER,
    "pages/review/mine",
    (),
    {
        "product_name": Variable(Type.TEXT, "商品名称", "蚕丝被 四季款"),
        "reply": Variable(Type.TEXT, "回复内容", "谢谢您的喜欢"),
        "replied_at": Variable(Type.TIME, "回复时间", _WHEN),
    },
    {"thing1": "product_name", "thing2": "reply", "time3": "replied_at"},
    waits_for_day=True,
)


def short(words: str) -> str:
    """As much of *words* as a message takes."""
    return cut(words, MAX_WORDS)
