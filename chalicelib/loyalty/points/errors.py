"""Refusals of points."""

from chalicelib.core.errors import DomainError


class NotEnoughPoints(DomainError):
    """``details.usable``: as many as could be used."""

    code, status, message = "not_enough_points", 409, "积分不足"


class PointsNotUsable(DomainError):
    """There are some. ``details.reason``: why they can not be used, for people."""

    code, status, message = "points_not_usable", 409, "积分不可用：{reason}"


class RulesEdited(DomainError):
    """``details.version``: of the rules as they are now."""

    code, status, message = "points_rules_edited", 409, "积分规则刚刚被修改，请刷新"


class ItemNotFound(DomainError):
    code, status, message = "points_item_not_found", 404, "兑换商品不存在或已下架"


class ItemEdited(DomainError):
    """``details.version``: of the item as it is now."""

    code, status, message = "points_item_edited", 409, "兑换商品刚刚被修改，请刷新"


class ItemSoldOut(DomainError):
    code, status, message = "points_item_sold_out", 409, "兑换商品已兑完"


class ItemLimitReached(DomainError):
    code, status, message = "points_item_limit_reached", 409, "您已达到该商品的兑换上限"


class NotExchangeable(DomainError):
    """Goods are ordered through checkout; coupons are exchanged at once."""

    code, status, message = "points_item_not_exchangeable", 409, "该商品请下单兑换"
