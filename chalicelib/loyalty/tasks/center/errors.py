"""Refusals of the task center."""

from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import AccountMoved


class TaskNotFound(DomainError):
    code, status, message = "task_not_found", 404, "任务不存在"


class TaskClosed(DomainError):
    """Stopped, over, or of a period that can not be claimed any more."""

    code, status, message = "task_closed", 409, "任务已结束"


class TaskNotFinished(DomainError):
    """``details.count``, ``details.target``."""

    code, status, message = "task_not_finished", 409, "任务尚未完成"


class ProgressMoved(AccountMoved):
    """The progress changed since it was read: read it again."""

    code, status, message = "task_progress_moved", 409, "任务进度刚刚发生变动，请重试"


class ReportLimitReached(DomainError):
    """``details.limit``: a day."""

    code, status, message = "task_report_limit_reached", 429, "今天的次数已达上限"


class TaskEdited(DomainError):
    """``details.version``: of the task as it is now. Also when the step is none."""

    code, status, message = "task_edited", 409, "任务刚刚被修改，请刷新"


class TaskFixed(DomainError):
    """Kind and period can not be changed once a task was active."""

    code, status, message = "task_fixed", 409, "已发布的任务不能修改类型与周期"


class TooManyTasks(DomainError):
    """``details.limit``"""

    code, status, message = "too_many_tasks", 409, "任务数量已达上限"
