"""Refusals of bargains."""

from chalicelib.core.errors import DomainError


class BargainNotFound(DomainError):
    code, status, message = "bargain_not_found", 404, "砍价不存在"


class NotBargainable(DomainError):
    """``details.reason``: `not_running`, `not_for_me`, `not_on_sale`, `sold_out`, `limit_reached`, `price_too_low`."""

    code, status, message = "not_bargainable", 409, "该商品暂时不能发起砍价"


class OwnBargain(DomainError):
    code, status, message = "own_bargain", 409, "不能给自己砍价，快邀请好友来帮忙吧"


class AlreadyCut(DomainError):
    """``details.amount``: what they took off, where it is known."""

    code, status, message = "bargain_already_cut", 409, "您已经帮好友砍过了"


class CutsUsedUp(DomainError):
    """``details.limit``: a business day."""

    code, status, message = "bargain_cuts_used_up", 409, "今天帮砍的次数已用完，明天再来吧"


class BargainOver(DomainError):
    code, status, message = "bargain_over", 409, "砍价已结束"


class BargainAtFloor(DomainError):
    code, status, message = "bargain_at_floor", 409, "已经砍到底价了"


class BargainSoldOut(DomainError):
    """A help would be for nothing: no piece is left."""

    code, status, message = "bargain_sold_out", 409, "商品已被抢光了"


class BargainOrdered(DomainError):
    code, status, message = "bargain_ordered", 409, "该砍价已下单"


class BargainMoved(DomainError):
    """Somebody cut, or bought, in the same moment: ask for a preview again."""

    code, status, message = "bargain_moved", 409, "砍价刚刚发生了变化，请重新确认"


class SlotTaken(DomainError):
    """Never leaves the feature: the one that runs is found."""

    code = "bargain_slot_taken"
