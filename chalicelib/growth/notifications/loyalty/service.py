"""The kinds of notices about points, coupons, levels and check-in, what they say, and when they are over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from chalicelib.core import clock
from chalicelib.core.money import yuan
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.loyalty.coupons.models import Coupon, CouponStatus
from chalicelib.loyalty.coupons.schemas import Kind as CouponKind
from chalicelib.loyalty.coupons.schemas import Terms
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.points import service as points
from chalicelib.loyalty.tasks.check_in import service as check_ins

_WHEN = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
_A_MINUTE = timedelta(minutes=1)
_COUPON: Mapping[str, Variable] = {
    "coupon_title": Variable(Type.TEXT, "优惠券名称", "满100减20"),
    "benefit": Variable(Type.TEXT, "优惠内容", "满100元减20元"),
    "valid_from": Variable(Type.TIME, "生效时间", _WHEN),
    "valid_until": Variable(Type.TIME, "到期时间", _WHEN),
}


def points_over(member_id: str, month: str) -> bool:
    """Nothing of the month is left: spent, taken back, or over."""
    return points.left_of(points.open_account(member_id), month, clock.now()) <= 0


def coupon_over(member_id: str, coupon_id: str) -> bool:
    """The coupon is used, given away, taken back, or over."""
    coupon = Coupon.find(member_id, coupon_id, consistent=True)
    return coupon is None or coupon.status is not CouponStatus.UNUSED or coupon.expires_at <= clock.now()


def level_over(member_id: str, group: str) -> bool:
    """The level is another one by now."""
    return group != standing_of(member_id)


def standing_of(member_id: str) -> str:
    """The member's level with the moment in which it began; empty for who has none."""
    row = levels.load(member_id).row
    return f"{row.level}-{int(row.since.timestamp())}" if row is not None else ""


POINTS_EXPIRING = Kind(
    "points_expiring",
    "积分到期提醒",
    Moment.OTHER,
    "pages/points/index",
    (),
    {
        "points": Variable(Type.NUMBER, "到期积分", 120),
        "balance": Variable(Type.NUMBER, "可用积分", 860),
        "valid_until": Variable(Type.TIME, "到期时间", _WHEN),
    },
    {"number1": "points", "time2": "valid_until", "number3": "balance"},
    is_over=points_over,
    waits_for_day=True,
)
COUPON_EXPIRING = Kind(
    "coupon_expiring",
    "优惠券到期提醒",
    Moment.CLAIM,
    "pages/coupons/index",
    ("coupon_id",),
    _COUPON,
    {"thing1": "coupon_title", "thing2": "benefit", "time3": "valid_until"},
    is_over=coupon_over,
    waits_for_day=True,
)
COUPON_RECEIVED = Kind(
    "coupon_received",
    "优惠券到账通知",
    Moment.CLAIM,
    "pages/coupons/index",
    ("coupon_id",),
    _COUPON,
    {"thing1": "coupon_title", "thing2": "benefit", "time3": "valid_until"},
    is_over=coupon_over,
    waits_for_day=True,
)


LEVEL_CHANGED = Kind(
    "level_changed",
    "会员等级变更通知",
    Moment.OTHER,
    "pages/membership/index",
    (),
    {
        "level": Variable(Type.TEXT, "会员等级", "金卡会员"),
        "changed_at": Variable(Type.TIME, "变更时间", _WHEN),
    },
    {"thing1": "level", "time2": "changed_at"},
    is_over=level_over,
    waits_for_day=True,
)


def check_in_over(member_id: str, day: str) -> bool:
    """The day is over, or counts already."""
    return clock.today().isoformat() != day or check_ins.has_checked_in(member_id, day)


CHECK_IN_DUE = Kind(
    "check_in_due",
    "签到提醒",
    Moment.OTHER,
    "pages/check-in/index",
    (),
    {
        "streak": Variable(Type.NUMBER, "已连续签到天数", 6),
        "closes_at": Variable(Type.TIME, "签到截止时间", _WHEN),
        "words": Variable(Type.TEXT, "提醒内容", "今天还没签到，连续6天将中断"),
    },
    {"thing1": "words", "number2": "streak", "time3": "closes_at"},
    is_over=check_in_over,
    waits_for_day=True,
)


def of_level(member_id: str) -> dict[str, Value] | None:
    """What a notice about the member's level of now can say; None: there is none, or a card stands above it."""
    found = levels.load(member_id)
    if found.row is None or levels.level_of(found.row, found.ladder) != found.row.level:
        return None
    return {"level": found.ladder.level(found.row.level).name, "changed_at": found.row.since}


def of_check_in(day: str, streak: int) -> dict[str, Value]:
    """What a notice about an open day can say."""
    words = f"今天还没签到，连续{streak}天将中断" if streak else "今天还没签到"
    closes_at = clock.day_start(date.fromisoformat(day) + timedelta(days=1)) - _A_MINUTE
    return {"streak": streak, "closes_at": closes_at, "words": words}


def of_points(member_id: str, month: str) -> dict[str, Value] | None:
    """What a notice about points that end with *month* can say; None: there are none to tell of."""
    account, now = points.open_account(member_id), clock.now()
    left = points.left_of(account, month, now)
    if left <= 0:
        return None
    ends = points.end_of(month)
    return {"points": left, "balance": points.usable(account, now), "valid_until": ends - _A_MINUTE}


def of_coupon(coupon: Coupon) -> dict[str, Value]:
    """What a notice about a coupon can say. The last minute of its last day, not the midnight after."""
    return {
        "coupon_title": coupon.title,
        "benefit": benefit(coupon.terms),
        "valid_from": coupon.valid_from,
        "valid_until": coupon.expires_at - _A_MINUTE,
    }


def benefit(terms: Terms) -> str:
    """``满100元减20元``."""
    threshold = f"满{_short(terms.threshold_amount)}元" if terms.threshold_amount else ""
    match terms.kind:
        case CouponKind.CASH:
            return f"{threshold}减{_short(terms.off_amount or 0)}元"
        case CouponKind.PERCENT:
            return f"{threshold}打{_tenths(10_000 - (terms.off_bps or 0))}折"
        case CouponKind.FREE_SHIPPING:
            return f"{threshold}免运费"
        case CouponKind.GIFT:
            return "到店兑换"


def _short(amount: int) -> str:
    return yuan(amount).removesuffix(".00")


def _tenths(bps: int) -> str:
    # 8500 of 10,000 is 8.5 tenths.
    return f"{bps // 1000}.{bps % 1000:03d}".rstrip("0").rstrip(".")
