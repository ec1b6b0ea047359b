"""The kind of notice about draws, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.lucky_draw.models import Draw, WonGoods
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Variable
from chalicelib.growth.notifications.service import tell

GIVEN = "已发放至您的账户"


def is_over(member_id: str, draw_id: str) -> bool:
    """Goods are ordered already, or went back. What was given at once stays true."""
    won = WonGoods.find(member_id, draw_id, consistent=True)
    return won is not None and not won.waits(clock.now())


DRAW_WON = Kind(
    "draw_won",
    "中奖结果通知",
    Moment.OTHER,
    "pages/draw/result?id={draw_id}",
    ("draw_id", "campaign_id"),
    {
        "title": Variable(Type.TEXT, "活动名称", "幸运大转盘"),
        "prize": Variable(Type.TEXT, "奖品名称", "桑蚕丝被"),
        "drawn_at": Variable(Type.TIME, "中奖时间", datetime(2026, 11, 28, 2, 0, tzinfo=UTC)),
        "hint": Variable(Type.TEXT, "领取说明", "请在12月5日前填写地址"),
    },
    {"thing1": "title", "thing2": "prize", "time3": "drawn_at", "thing4": "hint"},
    is_over=is_over,
)


def tell_won(tx: Transaction, member_id: str, draw_id: str) -> None:
    """Add to *tx* that the member is told what they won, and until when goods wait for them."""
    key = (member_id, draw_id)
    found = batch_get({Draw: [key], WonGoods: [key]}, consistent=True)
    draw: Draw = found[Draw][key]
    won: WonGoods | None = found[WonGoods].get(key)
    if won is not None and not won.waits(clock.now()):
        return
    until = clock.business_day(won.claim_by) if won is not None else None
    tell(
        tx,
        DRAW_WON,
        member_id=member_id,
        group=draw_id,
        values={
            "title": campaign_of(draw.campaign_id).title,
            "prize": draw.title,
            "drawn_at": draw.at,
            "hint": f"请在{until.month}月{until.day}日前填写地址" if until is not None else GIVEN,
        },
        links={"draw_id": draw_id, "campaign_id": draw.campaign_id},
    )
