"""The kinds of notices about assists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.assist.models import Assist, AssistStatus, Helper, helper_number
from chalicelib.growth.campaigns.base.friends import service as friends
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.growth.notifications.service import tell
from chalicelib.mall.catalog.products.models import Product

_WHEN = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
_PAGE, _LINKS = "pages/help/detail?id={assist_id}", ("assist_id",)
_ASSIST: Mapping[str, Variable] = {
    "product_name": Variable(Type.TEXT, "商品名称", "蚕丝被"),
    "price": Variable(Type.AMOUNT, "领取价格", 100),
    "valid_until": Variable(Type.TIME, "截止时间", _WHEN),
}


def help_over(member_id: str, assist_id: str) -> bool:
    """It is complete already, or its time is over."""
    assist = Assist.find(assist_id, consistent=True)
    return assist is None or assist.status is not AssistStatus.OPEN or assist.ends_at <= clock.now()


def unlocked_over(member_id: str, assist_id: str) -> bool:
    """It is ordered, or its time is over."""
    assist = Assist.find(assist_id, consistent=True)
    return assist is None or assist.status is not AssistStatus.UNLOCKED or assist.ends_at <= clock.now()


ASSIST_COMPLETE = Kind(
    "assist_complete",
    "助力成功通知",
    Moment.OTHER,
    _PAGE,
    _LINKS,
    _ASSIST,
    {"thing1": "product_name", "amount2": "price", "time3": "valid_until"},
    is_over=unlocked_over,
)
ASSIST_HELPED = Kind(
    "assist_helped",
    "助力进度通知",
    Moment.OTHER,
    _PAGE,
    _LINKS,
    {
        **_ASSIST,
        "helper": Variable(Type.NAME, "助力好友", "小林"),
        "missing": Variable(Type.NUMBER, "还差人数", 2),
    },
    {"thing1": "product_name", "number2": "missing", "time3": "valid_until"},
    is_over=help_over,
    waits_for_day=True,
)


def tell_unlocked(tx: Transaction, assist: Assist) -> None:
    """Add to *tx*: its owner is told that it can be ordered."""
    if not unlocked_over(assist.member_id, assist.id):
        links = {"assist_id": assist.id}
        tell(tx, ASSIST_COMPLETE, member_id=assist.member_id, group=assist.id, values=_said(assist), links=links)


def tell_help(tx: Transaction, assist: Assist, number: int) -> None:
    """Add to *tx*: its owner is told of a friend's help. Of the last one the other message tells."""
    key = helper_number(number)
    row = Helper.find(assist.id, key)
    if row is None or help_over(assist.member_id, assist.id):
        return
    helper = friends.faces([row.member_id])[row.member_id].nickname
    said: dict[str, Value] = {**_said(assist), "helper": helper, "missing": assist.helps_left}
    links = {"assist_id": assist.id}
    tell(tx, ASSIST_HELPED, member_id=assist.member_id, group=assist.id, subject=key, values=said, links=links)


def _said(assist: Assist) -> dict[str, Value]:
    product = Product.find(assist.product_id)
    name = product.name if product is not None else ""
    return {"product_name": name, "price": assist.unit_amount, "valid_until": assist.ends_at}
