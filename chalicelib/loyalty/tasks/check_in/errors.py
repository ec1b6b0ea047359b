"""Refusals of check-in."""

from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import AccountMoved


class CheckInClosed(DomainError):
    code, status, message = "check_in_closed", 409, "签到活动未开放"


class CheckInMoved(AccountMoved):
    """The member's days changed since they were read: read them again."""

    code, status, message = "check_in_moved", 409, "签到状态刚刚发生变动，请重试"


class NotMissed(DomainError):
    """Today or later, too long ago, or before the member came. ``details.from``, ``details.to``: what could be."""

    code, status, message = "make_up_day_not_open", 409, "这一天不能补签"


class MakeUpLimitReached(DomainError):
    """``details.limit``: a month."""

    code, status, message = "make_up_limit_reached", 409, "本月补签次数已用完"


class NoMakeUpCard(DomainError):
    code, status, message = "make_up_card_missing", 409, "没有补签卡"


class CardsNotSold(DomainError):
    code, status, message = "make_up_cards_not_sold", 409, "补签卡暂不支持积分兑换"


class CheckInRulesEdited(DomainError):
    """``details.version``: of the newest rules."""

    code, status, message = "check_in_rules_edited", 409, "签到规则刚刚被修改，请刷新"
