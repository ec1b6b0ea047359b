"""Refusals of reconciliation."""

from chalicelib.core.errors import DomainError


class ReconciliationNotFound(DomainError):
    code, status, message = "reconciliation_not_found", 404, "没有这一天的对账"


class DayNotOver(DomainError):
    """WeChat Pay has the bill of a day from ten in the morning after."""

    code, status, message = "day_not_over", 409, "账单要到次日 10 点之后才能下载"


class DayMoved(DomainError):
    """Another run, or another message, has moved the day on."""

    code, status, message = "day_moved", 409, "对账刚刚有了新进展，请刷新"


class NoBillKept(DomainError):
    code, status, message = "no_bill_kept", 404, "这一天没有账单文件"


class DifferenceNotFound(DomainError):
    code, status, message = "difference_not_found", 404, "没有这条差异"


class DifferenceMoved(DomainError):
    """It was resolved meanwhile, or explained by somebody else."""

    code, status, message = "difference_moved", 409, "这条差异刚刚发生了变化，请刷新"
