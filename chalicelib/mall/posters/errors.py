"""What posters refuse, and why one could not be drawn."""

from __future__ import annotations

from chalicelib.core.errors import DomainError


class PosterNotFound(DomainError):
    """No such poster, or it is another member's."""

    code, status, message = "poster_not_found", 404, "海报不存在或已过期，请重新生成"


class TemplateNotFound(DomainError):
    """No such template, it is switched off, or it is for another kind of poster."""

    code, status, message = "poster_template_not_found", 404, "海报模板不存在或已停用"


class TemplateChanged(DomainError):
    """Somebody saved this template meanwhile: read it again."""

    code, status, message = "poster_template_changed", 409, "模板已被他人修改，请刷新后重试"


class TooManyTemplates(DomainError):
    """``limit``: how many templates of its own a kind may have."""

    code, status, message = "too_many_poster_templates", 409, "模板数量已达上限"


class BuiltInTemplate(DomainError):
    """A template that comes with the mall is not edited; copy its design into a new one."""

    code, status, message = "built_in_poster_template", 409, "内置模板不能修改，可以复制后新建"


class TemplateInUse(DomainError):
    """The default can not be switched off, and what is switched off can not be the default."""

    code, status, message = "poster_template_in_use", 409, "默认模板不能停用，停用的模板不能设为默认"


class TooManyPosters(DomainError):
    """Too many new posters within the hour; those that exist are given all the same."""

    code, status, message = "too_many_posters", 429, "生成海报太频繁，请稍后再试"


class PictureRefused(DomainError):
    """A picture that is not used: not from an allowed place, not a picture, too large, broken.

    ``reason`` is for staff and logs.
    """

    code, status, message = "picture_refused", 422, "图片不能用于海报"


class PictureUnreachable(DomainError):
    """The picture can not be had now; later perhaps."""

    code, status, message = "picture_unreachable", 503, "图片暂时无法读取"
