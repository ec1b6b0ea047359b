"""Refusals of gifts."""

from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import AccountMoved


class GiftRulesEdited(DomainError):
    """``details.version``: of the rules as they are now."""

    code, status, message = "gift_rules_edited", 409, "礼遇设置刚刚被修改，请刷新"


class NoUpgradeGift(DomainError):
    """Everybody has the lowest level: it is not reached."""

    code, status, message = "no_upgrade_gift", 422, "最低等级没有升级礼"


class NoMonthlyGift(DomainError):
    code, status, message = "no_monthly_gift", 409, "您的等级本月没有可领取的权益"


class GiftGiven(DomainError):
    """It was given before: there is nothing left to do."""

    code, status, message = "gift_given", 409, "礼遇已发放"


class DatesMoved(AccountMoved):
    """The member's place in the calendar changed since it was read."""

    code = "dates_moved"


class DayTaken(DomainError):
    """Another run has begun the day."""

    code = "day_taken"
