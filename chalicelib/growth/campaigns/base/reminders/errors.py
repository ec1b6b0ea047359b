"""Refusals of reminders."""

from __future__ import annotations

from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import AccountMoved


class SessionUnknown(DomainError):
    """The campaign has no such session, or has sessions and none was named."""

    code, status, message = "campaign_session_unknown", 404, "场次不存在"


class ReminderTooLate(DomainError):
    """``details.starts_at``: it begins within minutes, has begun, or is over."""

    code, status, message = "reminder_too_late", 409, "活动即将开始或已开始，无需提醒"


class ReminderNotForYou(DomainError):
    """It will not be open to the member."""

    code, status, message = "reminder_not_for_you", 409, "您暂不符合该活动的参与条件"


class TooManyReminders(DomainError):
    """``details.limit``: of things to come, by a member."""

    code, status, message = "too_many_reminders", 409, "最多可同时预约{limit}个提醒"


class ReminderMoved(AccountMoved):
    """It was asked for, taken back or told at the same moment."""

    code, status, message = "reminder_moved", 409, "提醒刚刚发生变化，请重试"
