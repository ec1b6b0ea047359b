"""Refusals of refunds."""

from chalicelib.core.errors import DomainError


class RefundNotFound(DomainError):
    code, status, message = "refund_not_found", 404, "退款单不存在"


class RefundEnded(DomainError):
    code, status, message = "refund_ended", 409, "退款已经结束"


class RefundMoved(DomainError):
    """Somebody else moved the refund on; reading it again tells where."""

    code, status, message = "refund_moved", 409, "退款状态刚刚发生了变化，请刷新"


class RefundNotClosed(DomainError):
    """The channel has not ended it without money: under another number it might be paid twice."""

    code, status, message = "refund_not_closed", 409, "只有已关闭的退款可以重新发起"


class RefundTooLarge(DomainError):
    code, status, message = "refund_too_large", 422, "退款金额超过可退金额"
