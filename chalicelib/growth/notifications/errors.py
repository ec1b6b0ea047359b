"""Refusals of notifications."""

from __future__ import annotations

from chalicelib.core.errors import DomainError


class KindNotFound(DomainError):
    code, status, message = "notice_kind_not_found", 404, "没有这种通知"


class AlreadyTold(DomainError):
    """The same kind about the same subject was written down at the same moment by another."""

    code, status, message = "already_told", 409, "已经通知过了"


class MessageNotFound(DomainError):
    code, status, message = "message_not_found", 404, "消息不存在"


class MessageNotFailed(DomainError):
    """Only what certainly was not sent is sent again. ``details.status``."""

    code, status, message = "message_not_failed", 409, "只有发送失败的消息可以重发"


class MessageOver(DomainError):
    """What it tells is not true any more: the coupon was used, the points were spent."""

    code, status, message = "message_over", 409, "消息内容已经失效，不再发送"


class KindNotTold(DomainError):
    """The kind has no template, or is switched off."""

    code, status, message = "kind_not_told", 409, "该通知没有启用模板"


class NotWaiting(DomainError):
    """Somebody else is sending the message, or has sent it."""

    code, status, message = "message_not_waiting", 409, "消息不在等待发送"


class NoQuota(DomainError):
    """The last acceptance was used at the same moment."""

    code, status, message = "no_message_quota", 409, "没有可用的订阅次数"


class QuotaMoved(DomainError):
    """The counter changed since it was read: read and decide again."""

    code, status, message = "message_quota_moved", 409, "订阅次数刚刚变动，请重试"
