"""Refusals of purchases."""

from chalicelib.core.errors import DomainError


class PurchaseNotFound(DomainError):
    code, status, message = "purchase_not_found", 404, "支付单不存在"


class PurchaseMoved(DomainError):
    """Somebody else moved the purchase on; reading it again tells where."""

    code, status, message = "purchase_moved", 409, "支付状态刚刚发生了变化，请刷新"
