"""Refusals. Each has a code for programs, a Chinese message for people and an HTTP status."""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """Something was asked that the mall refuses; nothing was written.

    A feature's ``errors.py`` subclasses this; the class gives ``code`` (snake_case),
    ``status`` (4xx) and ``message`` (Chinese, may use ``{details}`` fields).
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "操作未能完成"

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(f"{self.code} {details}" if details else self.code)

    @property
    def text(self) -> str:
        return self.message.format_map(self.details)


class NotFound(DomainError):
    code, status, message = "not_found", 404, "内容不存在"


class Unauthorized(DomainError):
    code, status, message = "unauthorized", 401, "请先登录"


class Forbidden(DomainError):
    code, status, message = "forbidden", 403, "没有权限"


class Invalid(DomainError):
    """The input breaks a rule. ``errors``: list of {field, issue}."""

    code, status, message = "invalid", 422, "提交的内容有误"


class BadRequest(DomainError):
    code, status, message = "bad_request", 400, "请求格式有误"


class TooBusy(DomainError):
    """Others kept changing the same item; nothing was written, asking again is safe."""

    code, status, message = "too_busy", 409, "排队的人太多了，请稍后再试"


class TooManyRequests(DomainError):
    code, status, message = "too_many_requests", 429, "操作太频繁，请稍后再试"


class PartnerUnavailable(DomainError):
    """A partner (WeChat, WeChat Pay...) did not answer or answered nonsense; asking again is safe."""

    code, status, message = "partner_unavailable", 503, "微信服务暂时不可用，请稍后再试"
