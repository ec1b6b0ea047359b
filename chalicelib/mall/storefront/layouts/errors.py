"""Refusals of layouts."""

from chalicelib.core.errors import DomainError


class LayoutMoved(DomainError):
    """The draft was changed, or published, since it was read. ``details.version``: what it is now."""

    code, status, message = "layout_moved", 409, "页面已被其他人修改，请刷新后重试"


class LayoutNotFound(DomainError):
    """Nothing was drafted there."""

    code, status, message = "layout_not_found", 404, "还没有页面草稿"


class EditionNotFound(DomainError):
    """No such edition, or it is one of long ago: the last fifty are kept."""

    code, status, message = "edition_not_found", 404, "没有这个历史版本"
