"""Refusals of trials."""

from chalicelib.core.errors import DomainError


class TrialNotFound(DomainError):
    code, status, message = "trial_not_found", 404, "试用申请不存在"


class NotApplicable(DomainError):
    """``details.reason``: `not_running`, `applications_over`, `not_for_me`, `not_on_sale`."""

    code, status, message = "trial_not_open", 409, "暂时不能申请试用"


class AppliedAlready(DomainError):
    code, status, message = "trial_applied_already", 409, "您已申请过该试用"


class AnswersInvalid(DomainError):
    """``details.question_ids``: not answered, answered with no option of theirs, or unknown."""

    code, status, message = "trial_answers_invalid", 422, "请完整回答问题"


class NoDeposit(DomainError):
    """Not picked, not in time, or there is nothing to pay."""

    code, status, message = "trial_no_deposit", 409, "当前无需支付押金"


class ReportNotDue(DomainError):
    """``details.reason``: `not_received`, `over`, `reported`, `not_picked`."""

    code, status, message = "trial_report_not_due", 409, "当前不能提交试用报告"


class NotReported(DomainError):
    code, status, message = "trial_not_reported", 409, "没有待审核的试用报告"


class TrialMoved(DomainError):
    """Something happened to it in this very moment."""

    code, status, message = "trial_moved", 409, "试用状态刚刚发生了变化，请刷新"


class TrialDepositOpen(DomainError):
    """An account with a deposit on a report can not be closed."""

    code, status, message = "trial_deposit_open", 409, "您有未完成的试用押金，请先提交试用报告或等待退款"
