"""Refusals of chats."""

from chalicelib.core.errors import DomainError


class ChatNotFound(DomainError):
    code, status, message = "chat_not_found", 404, "没有与该用户的会话"


class ChatWindowClosed(DomainError):
    """``details.open_until``: WeChat lets the shop write for 48 hours after the person's last message."""

    code, status, message = "chat_window_closed", 409, "用户超过48小时未发消息，不能再回复"


class ChatAnswersUsed(DomainError):
    """Five answers to one message, then it is the person's turn."""

    code, status, message = "chat_answers_used", 409, "已达到回复条数上限，请等用户再发消息"


class AnswerNotSent(DomainError):
    """``details.reason``: WeChat's code. Nothing is on the person's phone."""

    code, status, message = "answer_not_sent", 409, "微信未能发送这条消息"


class AnswerSettled(DomainError):
    """Its outcome is known; never leaves the feature."""

    code = "answer_settled"
