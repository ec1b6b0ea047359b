"""Refusals of tracking."""

from chalicelib.core.errors import DomainError


class NotTracked(DomainError):
    """There is no account at Kuaidi100, the courier has no code there, or the parcel has come to its end."""

    code, status, message = "not_tracked", 409, "该包裹没有物流跟踪"


class AskedLately(DomainError):
    """Kuaidi100 may be asked for a number once in 30 minutes; ``again_at``: when it may be asked again."""

    code, status, message = "asked_lately", 409, "刚刚查询过，请稍后再试"


class NotInTrouble(DomainError):
    code, status, message = "not_in_trouble", 409, "该包裹没有待处理的异常"


class ParcelEnded(DomainError):
    code, status, message = "parcel_ended", 409, "该包裹已签收或已退回"


class LimitReached(DomainError):
    """The number was subscribed four times this month. Never leaves this feature."""

    code = "limit_reached"
