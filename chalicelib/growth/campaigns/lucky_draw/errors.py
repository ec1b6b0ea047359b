"""Refusals of draws."""

from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import AccountMoved


class DrawClosed(DomainError):
    """``details.status``: it is yet to begin, over, or stopped."""

    code, status, message = "draw_closed", 409, "抽奖活动未在进行中"


class DrawNotForYou(DomainError):
    code, status, message = "draw_not_for_you", 409, "您不在本次抽奖活动的参与范围内"


class NoChance(DomainError):
    code, status, message = "no_draw_chance", 409, "抽奖机会已用完"


class DrawLimitReached(DomainError):
    """``details.limit``: on a day, or over the whole campaign."""

    code, status, message = "draw_limit_reached", 409, "抽奖次数已达上限 {limit} 次"


class ChancesMoved(AccountMoved):
    """The member's chances changed since they were read: read them again."""

    code, status, message = "draw_chances_moved", 409, "抽奖机会刚刚发生变动，请重试"


class GoodsMoved(DomainError):
    """They were ordered, or went back, at the same moment."""

    code, status, message = "won_goods_moved", 409, "奖品已下单或已过领取期限"


class PrizeGone(DomainError):
    """The last piece was given meanwhile. Never leaves a draw: the fallback is given."""

    code = "prize_gone"
