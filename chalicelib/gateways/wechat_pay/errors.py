"""WeChat Pay's error codes as types, and the refusals of a notice."""

from __future__ import annotations

from chalicelib.core.errors import DomainError
from chalicelib.core.http import PartnerBroken, PartnerBusy, PartnerError, PartnerRefused


class PayRefused(PartnerRefused):
    """WeChat Pay said no for a reason without a type of its own; see ``partner_code`` and ``reason``."""


class OrderNotExist(PayRefused):
    """No such payment (or refund) number at WeChat Pay."""


class OrderPaid(PayRefused):
    """The payment has succeeded already: it can be neither paid again nor closed."""


class OrderClosed(PayRefused):
    """The payment is closed for ever: pay under a new number."""


class OutTradeNoUsed(PayRefused):
    """The number was used before with other parameters."""


class NotEnough(PayRefused):
    """The merchant's balance does not cover the refund: a person fills it up, then the *same* number is asked again."""


class UserAccountAbnormal(PayRefused):
    """The buyer's account can not take the money back by the way it came."""


class NoBill(PayRefused):
    """There is no bill of that day: no trade was made, or it is too long ago."""


class BillNotReady(PartnerBusy):
    """The bill is being made: ask later."""


class BadBill(PartnerBroken):
    """The file is not the one whose hash was signed, or not of the form that is known. Nothing of it is believed."""


class PayMisconfigured(PayRefused):
    """Keys, serial, app id, merchant id or permission is wrong: a person has to act. Logged as an alarm."""


class FrequencyLimited(PartnerBusy):
    """Too many calls: it did not happen, come back later."""


class PaySystemError(PartnerBroken):
    """WeChat Pay or the bank failed inside: repeat with the same number, then query."""


class UnsignedAnswer(PartnerBroken):
    """The answer is not signed by WeChat Pay, so nothing in it is believed. Logged as an alarm."""


class ForgedNotice(DomainError):
    """The notice is not signed by WeChat Pay (or is one of its own signature probes)."""

    code, status, message = "forged_notice", 401, "签名错误"


class StaleNotice(DomainError):
    """The notice is truly signed, but more than five minutes away from now: a replay."""

    code, status, message = "stale_notice", 401, "通知已过期"


class UnreadableNotice(DomainError):
    """Truly signed, but it can not be decrypted or understood: our APIv3 key is wrong. Logged as an alarm."""

    code, status, message = "unreadable_notice", 400, "通知无法解读"


# https://pay.weixin.qq.com: the codes of the v3 interfaces used here, old and new spellings.
BY_CODE: dict[str, type[PartnerError]] = {
    **dict.fromkeys(("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"), OrderNotExist),
    **dict.fromkeys(("ORDERPAID", "ORDER_PAID"), OrderPaid),
    **dict.fromkeys(("ORDER_CLOSED", "ORDERCLOSED"), OrderClosed),
    "OUT_TRADE_NO_USED": OutTradeNoUsed,
    **dict.fromkeys(("NOT_ENOUGH", "NOTENOUGH"), NotEnough),
    **dict.fromkeys(("NO_STATEMENT_EXIST", "NO_STATEMENT_EXISTS"), NoBill),
    "STATEMENT_CREATING": BillNotReady,
    "USER_ACCOUNT_ABNORMAL": UserAccountAbnormal,
    **dict.fromkeys(
        ("SIGN_ERROR", "NO_AUTH", "APPID_MCHID_NOT_MATCH", "MCH_NOT_EXISTS", "ACCOUNT_ERROR"), PayMisconfigured
    ),
    **dict.fromkeys(("FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED"), FrequencyLimited),
    **dict.fromkeys(("SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "BANKERROR"), PaySystemError),
}
