"""Refusals of tickets."""

from chalicelib.core.errors import DomainError


class TicketNotFound(DomainError):
    code, status, message = "ticket_not_found", 404, "工单不存在"


class TicketClosed(DomainError):
    code, status, message = "ticket_closed", 409, "工单已关闭，请新建工单"


class TicketNotClosed(DomainError):
    code, status, message = "ticket_not_closed", 409, "工单关闭后才能评价"


class TicketMoved(DomainError):
    """Somebody wrote, or closed it, just now: look again."""

    code, status, message = "ticket_moved", 409, "工单刚有更新，请刷新后再试"


class AlreadyRated(DomainError):
    code, status, message = "ticket_already_rated", 409, "已评价过"


class TooManyReplies(DomainError):
    code, status, message = "too_many_replies", 409, "对话太长了，请新建工单"


class NoSuchColleague(DomainError):
    code, status, message = "no_such_colleague", 404, "没有这位员工"
