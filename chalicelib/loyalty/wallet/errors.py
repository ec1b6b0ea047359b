"""Refusals of stored value."""

from chalicelib.core.errors import DomainError


class WalletOff(DomainError):
    """The shop does not offer stored value (``SIYU_WALLET_ENABLED``)."""

    code, status, message = "wallet_off", 409, "本店暂未开通储值"


class PlanNotFound(DomainError):
    code, status, message = "wallet_plan_not_found", 404, "储值方案不存在或已下架"


class PlanEdited(DomainError):
    """``details.version``: of the plan as it is now."""

    code, status, message = "wallet_plan_edited", 409, "储值方案刚刚被修改，请刷新"


class PlansFull(DomainError):
    """``details.limit``: so many plans there may be; edit one."""

    code, status, message = "wallet_plans_full", 409, "储值方案最多 {limit} 个"


class PlanLimitReached(DomainError):
    """``details.limit``: so many times a member."""

    code, status, message = "wallet_plan_limit_reached", 409, "该储值方案每人限 {limit} 次"


class TopUpTooLarge(DomainError):
    """``details.limit_amount``: at most so much at once."""

    code, status, message = "top_up_too_large", 409, "单笔储值金额超过上限"


class DailyLimitReached(DomainError):
    """``details.left_amount``: as much may be topped up today."""

    code, status, message = "top_up_daily_limit_reached", 409, "今日储值金额已达上限"


class BalanceLimitReached(DomainError):
    """``details.left_amount``: as much has room, gift included."""

    code, status, message = "wallet_balance_limit_reached", 409, "储值余额已达上限"


class ReturnChanged(DomainError):
    """The wallet is not what the member was shown: show it again."""

    code, status, message = "wallet_return_changed", 409, "可退金额发生了变化，请刷新后确认"


class PhoneNotBound(DomainError):
    code, status, message = "phone_not_bound", 409, "请先绑定手机号"


class VerificationFailed(DomainError):
    """The number that WeChat verified is not the member's."""

    code, status, message = "verification_failed", 409, "手机号与绑定的不一致"


class PrincipalLeft(DomainError):
    """Closing an account: its principal has to be spent, or paid out by the shop, first."""

    code, status, message = "wallet_principal_left", 409, "储值账户还有本金 {yuan} 元，请先消费或申请退还"


class TopUpOpen(DomainError):
    """Closing an account: a top-up is on its way."""

    code, status, message = "top_up_open", 409, "有一笔储值正在支付，请稍后再试"
