"""Refusals of links."""

from chalicelib.core.errors import DomainError


class LinkNotFound(DomainError):
    code, status, message = "link_not_found", 404, "链接不存在"


class TooManyLinks(DomainError):
    code, status, message = "too_many_links", 429, "今天分享得太多了，请明天再来"


class UrlQuotaUsedUp(DomainError):
    """WeChat makes no more URL Links for this mall today."""

    code, status, message = "url_quota_used_up", 429, "今日生成外部链接的次数已用完，请明天再试"


class LinkCollision(DomainError):
    """Another link took this code in the same moment; asking again finds the next code."""

    code, status, message = "link_collision", 409, "系统繁忙，请重试"
