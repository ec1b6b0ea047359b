"""Refusals of reviews."""

from chalicelib.core.errors import DomainError


class ReviewNotFound(DomainError):
    code, status, message = "review_not_found", 404, "评价不存在"


class LineNotFound(DomainError):
    """The order has no line of that number; they count from 0."""

    code, status, message = "order_line_not_found", 404, "订单中没有该商品"


class NotReceived(DomainError):
    code, status, message = "order_not_received", 409, "确认收货后才能评价"


class NothingKept(DomainError):
    """Every piece of the line went back, or it was a gift."""

    code, status, message = "nothing_to_review", 409, "该商品不能评价"


class ReviewTooLate(DomainError):
    """``details.until``: when the time was over."""

    code, status, message = "review_too_late", 409, "已超过评价期限"


class AlreadyReviewed(DomainError):
    code, status, message = "already_reviewed", 409, "该商品已评价"


class AlreadyAppended(DomainError):
    code, status, message = "already_appended", 409, "已追加过评价"


class UnknownTag(DomainError):
    """``details.tag``: the mall has no such tag (any more)."""

    code, status, message = "unknown_review_tag", 422, "没有这个标签，请重新选择"


class ReviewChanged(DomainError):
    """It changed meanwhile: look again."""

    code, status, message = "review_changed", 409, "评价刚有变化，请刷新后再试"


class NothingAppended(DomainError):
    code, status, message = "nothing_appended", 409, "没有追加评价"


class ReviewNotShown(DomainError):
    """Only what everybody sees is answered."""

    code, status, message = "review_not_shown", 409, "评价未展示，不能回复"


class AlreadyDecided(DomainError):
    """It is shown, or hidden, already."""

    code, status, message = "review_already_decided", 409, "评价已是该状态"
