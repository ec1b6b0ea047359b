"""Refusals of audiences."""

from chalicelib.core.errors import DomainError


class AudienceNotFound(DomainError):
    code, status, message = "audience_not_found", 404, "人群包不存在"


class AudienceEdited(DomainError):
    """``details.version``: of the audience as it is now."""

    code, status, message = "audience_edited", 409, "人群包刚刚被修改，请刷新"


class TooManyAudiences(DomainError):
    """``details.limit``."""

    code, status, message = "too_many_audiences", 409, "人群包数量已达上限 {limit}"


class AudienceBusy(DomainError):
    """A list is being made."""

    code, status, message = "audience_busy", 409, "人群包正在生成，请稍候"


class AudienceEmptyYet(DomainError):
    """There is no list that is finished and not over."""

    code, status, message = "audience_not_ready", 409, "人群包还没有可用的名单，请先刷新"


class StepMoved(DomainError):
    """Another delivery of the same message was faster; never leaves the reactions."""

    code = "audience_step_moved"
