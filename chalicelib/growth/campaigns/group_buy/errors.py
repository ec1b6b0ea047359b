"""Refusals of groups."""

from chalicelib.core.errors import DomainError


class GroupNotFound(DomainError):
    code, status, message = "group_not_found", 404, "拼团不存在"


class GroupOver(DomainError):
    code, status, message = "group_over", 409, "拼团已结束，去看看其他团吧"


class GroupFull(DomainError):
    code, status, message = "group_full", 409, "来晚了一步，这个团已满员"


class GroupNotOpen(DomainError):
    """Its leader has not paid."""

    code, status, message = "group_not_open", 409, "团长还未付款，请稍后再参团"


class AlreadyInGroup(DomainError):
    code, status, message = "already_in_group", 409, "您已在该团中"


class NotForGroup(DomainError):
    """``details.reason``: why these goods, or this buyer, get no seat."""

    code, status, message = "not_for_group", 409, "{reason}"


class NewcomersOnly(DomainError):
    code, status, message = "newcomers_only", 409, "该团仅限新用户参加，您可以自己开团"


class TooManyGroups(DomainError):
    """``details.limit``: groups of the campaign for a member."""

    code, status, message = "too_many_groups", 409, "每人最多参加 {limit} 个团"


class TooLateToStart(DomainError):
    code, status, message = "too_late_to_start", 409, "活动即将结束，不能再开新团"


class StayInGroup(DomainError):
    """Only a paid member of an open group leaves it, and only where the campaign lets them."""

    code, status, message = "stay_in_group", 409, "当前不能退出拼团"


class GroupMoved(DomainError):
    """Never leaves the play: it looks again."""

    code = "group_moved"
