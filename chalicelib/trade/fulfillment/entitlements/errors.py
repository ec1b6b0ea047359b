"""Refusals at the counter."""

from chalicelib.core.errors import DomainError


class EntitlementNotFound(DomainError):
    code, status, message = "entitlement_not_found", 404, "没有找到该核销码"


class WrongStore(DomainError):
    """Whoever asks does not work where it is fetched or used: ``store_name`` says where that is."""

    code, status, message = "wrong_store", 403, "请引导顾客前往“{store_name}”核销"


class EntitlementUsed(DomainError):
    """Nothing is left of it. ``closed_at``: since when."""

    code, status, message = "entitlement_used", 409, "该核销码已全部核销"


class EntitlementExpired(DomainError):
    code, status, message = "entitlement_expired", 409, "该核销码已过期"


class EntitlementNotYet(DomainError):
    """``valid_from``: from when it can be used."""

    code, status, message = "entitlement_not_yet", 409, "该券尚未到使用时间"


class StoreUnclear(DomainError):
    """It can be used in several stores of whoever asks: say in which it is."""

    code, status, message = "store_unclear", 422, "请选择核销门店"


class EntitlementCanceled(DomainError):
    code, status, message = "entitlement_canceled", 409, "订单已取消或退款，不能核销"


class EntitlementChanged(DomainError):
    """Somebody verified it, or it changed otherwise, in this very moment: look again."""

    code, status, message = "entitlement_changed", 409, "核销码刚刚发生了变化，请重新扫码"


class MoreThanLeft(DomainError):
    """``left``: pieces of the line that are still to be fetched."""

    code, status, message = "more_than_left", 409, "该商品只剩 {left} 件未取"


class ExpiryInPast(DomainError):
    code, status, message = "expiry_in_past", 422, "新的截止时间须晚于现在和原截止时间"


class CodeDrawnBefore(DomainError):
    """The random code is somebody else's. Never leaves the reaction, which runs again."""

    code = "code_drawn_before"
