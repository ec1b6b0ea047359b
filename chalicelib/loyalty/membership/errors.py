"""Refusals of membership."""

from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import AccountMoved


class MembershipMoved(AccountMoved):
    """The member's level changed since it was read: read it again, and decide again."""

    code = "membership_moved"


class LadderEdited(DomainError):
    """``details.version``: of the ladder as it is now."""

    code, status, message = "levels_edited", 409, "等级设置刚刚被修改，请刷新"


class GrowthRulesEdited(DomainError):
    """``details.version``: of the rules as they are now."""

    code, status, message = "growth_rules_edited", 409, "成长值规则刚刚被修改，请刷新"
