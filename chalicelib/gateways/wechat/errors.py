"""What WeChat's ``errcode`` means for the mall."""

from __future__ import annotations

from chalicelib.core.errors import DomainError
from chalicelib.core.http import PartnerRefused


class InvalidLoginCode(DomainError):
    """The ``wx.login`` code is unknown, older than five minutes or used: the client calls ``wx.login`` again."""

    code, status, message = "invalid_login_code", 422, "登录凭证已失效，请重试"


class InvalidPhoneCode(DomainError):
    """The code of the phone button is unknown, older than five minutes or used: the buyer presses it again."""

    code, status, message = "invalid_phone_code", 422, "手机号授权已失效，请重新授权"


class LoginBlocked(DomainError):
    """WeChat regards this user as a high risk and refuses to log them in."""

    code, status, message = "login_blocked", 403, "该微信账号存在风险，暂时无法登录"


class PageNotReleased(DomainError):
    """The released mini-program has no such page: release it, or share another one."""

    code, status, message = "page_not_released", 409, "页面尚未发布，暂时不能生成链接"


class TokenRejected(PartnerRefused):
    """The access token is not, or no longer, valid. Handled inside this package."""


class QuotaUsedUp(PartnerRefused):
    """The minute's or the day's calls of this interface are used: no use in asking again soon."""


class WeChatMisconfigured(PartnerRefused):
    """App id, secret, address list or permission is wrong: a person has to act. Logged as an alarm."""


class MessageNotAgreed(PartnerRefused):
    """The person has refused such messages, or every acceptance is used."""


class MessageMisconfigured(PartnerRefused):
    """The template is not ours, or its page is not in the released mini-program: staff have to act."""


class MessageInvalid(PartnerRefused):
    """A value is empty or breaks the rule of its type; ``reason`` names it."""


class PersonUnknown(PartnerRefused):
    """WeChat knows no such openid of this mini-program."""


class WindowClosed(PartnerRefused):
    """The person has not written within 48 hours: they can not be written to."""


class AnswersUsedUp(PartnerRefused):
    """Every answer to the person's last message is used."""


class PersonAway(PartnerRefused):
    """They have not opened the mini-program lately: their content can not be checked for now."""


class PushesOff(DomainError):
    """No token for pushes is set: there is no such address."""

    code, status, message = "pushes_off", 404, "未启用消息推送"


class PushTooLarge(DomainError):
    """Longer than any push of WeChat's."""

    code, status, message = "push_too_large", 413, "推送内容过大"


class MalformedPush(DomainError):
    """Neither JSON nor XML, nothing to echo, or plain where the mall wants encrypted: nothing is proven about it."""

    code, status, message = "malformed_push", 400, "推送格式有误"


class ForgedPush(DomainError):
    """Not signed with our token."""

    code, status, message = "forged_push", 401, "签名错误"


class StalePush(DomainError):
    """Signed with our token, but not within five minutes of now."""

    code, status, message = "stale_push", 401, "推送已过期"


class ForeignPush(DomainError):
    """Signed with our token, but sealed for another app."""

    code, status, message = "foreign_push", 403, "推送不属于本小程序"


class UnreadablePush(DomainError):
    """Truly signed, but it does not open or lacks what the protocol promises. Logged as an alarm."""

    code, status, message = "unreadable_push", 400, "推送无法解读"
