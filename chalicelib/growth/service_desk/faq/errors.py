"""Refusals of questions and answers."""

from chalicelib.core.errors import DomainError


class ArticleNotFound(DomainError):
    code, status, message = "faq_not_found", 404, "问题不存在"


class TooManyArticles(DomainError):
    code, status, message = "too_many_faq", 409, "问题数量已达上限"


class ArticleEdited(DomainError):
    """``details.version``: the one that is stored now."""

    code, status, message = "faq_edited", 409, "内容刚被其他人修改，请刷新后再编辑"


class AlreadyVoted(DomainError):
    code, status, message = "already_voted", 409, "您已经评价过这个回答"
