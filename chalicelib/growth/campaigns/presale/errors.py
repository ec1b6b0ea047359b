"""Refusals of presales."""

from chalicelib.core.errors import DomainError


class DepositNotFound(DomainError):
    code, status, message = "deposit_not_found", 404, "定金记录不存在"


class NotDepositable(DomainError):
    """``details.reason``: `not_running`, `deposits_over`, `not_for_me`, `not_on_sale`, `sold_out`, `limit_reached`."""

    code, status, message = "not_depositable", 409, "该商品暂时不能支付定金"


class DepositMoved(DomainError):
    """It was ordered, or its time is over, in this very moment."""

    code, status, message = "deposit_moved", 409, "定金状态刚刚发生了变化，请刷新"


class DepositSettled(DomainError):
    """``details.status``: there is nothing that staff could give back, or it is in an order."""

    code, status, message = "deposit_settled", 409, "该定金当前状态不能退回"


class DepositOpen(DomainError):
    """An account with a deposit that waits can not be closed."""

    code, status, message = "deposit_open", 409, "您有未完成的预售定金，请先完成尾款或等待退款"
