"""The kinds of notices about bargains."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.bargain.models import Bargain, BargainStatus, Cut, cut_number
from chalicelib.growth.campaigns.base.friends import service as friends
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.growth.notifications.service import tell
from chalicelib.mall.catalog.products.models import Product

_WHEN = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
_BARGAIN: Mapping[str, Variable] = {
    "product_name": Variable(Type.TEXT, "商品名称", "蚕丝被"),
    "price": Variable(Type.AMOUNT, "当前价格", 9900),
    "valid_until": Variable(Type.TIME, "截止时间", _WHEN),
}


def bargain_over(member_id: str, bargain_id: str) -> bool:
    """It is bought, or its time is over."""
    bargain = Bargain.find(bargain_id, consistent=True)
    return bargain is None or bargain.status is not BargainStatus.OPEN or bargain.ends_at <= clock.now()


BARGAIN_FLOOR = Kind(
    "bargain_floor",
    "砍价成功通知",
    Moment.OTHER,
    "pages/help/detail?id={bargain_id}",
    ("bargain_id",),
    _BARGAIN,
    {"thing1": "product_name", "amount2": "price", "time3": "valid_until"},
    is_over=bargain_over,
)
BARGAIN_CUT = Kind(
    "bargain_cut",
    "砍价进度通知",
    Moment.OTHER,
    "pages/help/detail?id={bargain_id}",
    ("bargain_id",),
    {
        **_BARGAIN,
        "helper": Variable(Type.NAME, "帮砍好友", "小林"),
        "amount": Variable(Type.AMOUNT, "砍掉金额", 320),
    },
    {"thing1": "product_name", "amount2": "amount", "amount3": "price"},
    is_over=bargain_over,
    waits_for_day=True,
)


def tell_floor(tx: Transaction, bargain: Bargain) -> None:
    """Add to *tx*: its owner is told that all cuts are made."""
    if not bargain_over(bargain.member_id, bargain.id):
        links = {"bargain_id": bargain.id}
        said = _said(bargain)
        tell(tx, BARGAIN_FLOOR, member_id=bargain.member_id, group=bargain.id, values=said, links=links)


def tell_cut(tx: Transaction, bargain: Bargain, number: int) -> None:
    """Add to *tx*: its owner is told of a friend's cut."""
    key = cut_number(number)
    made = Cut.find(bargain.id, key)
    if made is None or bargain_over(bargain.member_id, bargain.id):
        return
    helper = friends.faces([made.member_id])[made.member_id].nickname
    said: dict[str, Value] = {**_said(bargain), "helper": helper, "amount": made.amount}
    links = {"bargain_id": bargain.id}
    tell(tx, BARGAIN_CUT, member_id=bargain.member_id, group=bargain.id, subject=key, values=said, links=links)


def _said(bargain: Bargain) -> dict[str, Value]:
    product = Product.find(bargain.product_id)
    name = product.name if product is not None else ""
    return {"product_name": name, "price": bargain.price_amount, "valid_until": bargain.ends_at}
