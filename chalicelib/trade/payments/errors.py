"""Refusals of payments."""

from chalicelib.core.errors import DomainError


class TenderUnavailable(DomainError):
    code, status, message = "tender_unavailable", 422, "暂不支持这种支付方式"


class PaymentWindowOver(DomainError):
    code, status, message = "payment_window_over", 409, "付款时间已过，请重新下单"


class PartsTooLarge(DomainError):
    """``details.payable_amount``: all that there is left to pay."""

    code, status, message = "parts_too_large", 422, "抵扣金额超过应付金额"


class VerificationNeeded(DomainError):
    """``details.limit_amount``: above it the member has to prove who they are first; see the account's own routes."""

    code, status, message = "verification_needed", 409, "支付金额较大，请先验证手机号"


class PaymentNotFound(DomainError):
    code, status, message = "payment_not_found", 404, "支付单不存在"


class PaymentMoved(DomainError):
    """Somebody else moved the payment on; reading it again tells where."""

    code, status, message = "payment_moved", 409, "支付状态刚刚发生了变化，请刷新"


class NoticeMismatch(DomainError):
    """``details.field``: what the channel says differs from what we asked for."""

    code, status, message = "notice_mismatch", 400, "通知与支付单不符"
