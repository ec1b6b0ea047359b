"""Refusals of membership."""

from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import AccountMoved


class MembershipMoved(AccountMoved):
    """The member's level changed since it was read: read it again, and decide again."""

    code = "membership_moved"


class CardPlanNotFound(DomainError):
    code, status, message = "card_plan_not_found", 404, "会员卡不存在或已下架"


class CardPlanEdited(DomainError):
    """``details.version``: of the plan as it is now."""

    code, status, message = "card_plan_edited", 409, "会员卡刚刚被修改，请刷新"


class CardPlansFull(DomainError):
    """``details.limit``: so many plans there may be; edit one."""

    code, status, message = "card_plans_full", 409, "会员卡最多 {limit} 种"


class LevelUnknown(DomainError):
    code, status, message = "level_unknown", 422, "没有这个等级"


class CardTooLong(DomainError):
    """``details.days``: so far into the future cards may reach."""

    code, status, message = "card_too_long", 409, "会员卡有效期已足够长，请到期前再续"


class NoLogin(DomainError):
    code, status, message = "no_login", 409, "该会员尚未登录过小程序"


class CardNotFound(DomainError):
    code, status, message = "card_not_found", 404, "会员卡不存在"


class RefundAboveCard(DomainError):
    """``details.paid_amount``: all that was paid for it."""

    code, status, message = "refund_above_card", 422, "退款金额超过会员卡实付金额"


class CardEnded(DomainError):
    code, status, message = "card_ended", 409, "会员卡已到期或已终止"


class LadderEdited(DomainError):
    """``details.version``: of the ladder as it is now."""

    code, status, message = "levels_edited", 409, "等级设置刚刚被修改，请刷新"


class GrowthRulesEdited(DomainError):
    """``details.version``: of the rules as they are now."""

    code, status, message = "growth_rules_edited", 409, "成长值规则刚刚被修改，请刷新"


class LevelNotFound(DomainError):
    code, status, message = "level_not_found", 404, "会员等级不存在"


class LevelInUse(DomainError):
    """``details.level``: products are for it and those above; free them first."""

    code, status, message = "level_in_use", 409, "仍有商品限定该等级购买"


class LevelTooLow(DomainError):
    """``details.lines``: [{product_id, level, level_name}], the level from which on each may be bought."""

    code, status, message = "level_too_low", 409, "部分商品仅限更高等级会员购买"


class ShippingUsedUp(DomainError):
    code, status, message = "member_shipping_used_up", 409, "本月会员包邮次数已用完"
