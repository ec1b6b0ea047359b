"""Refusals of campaigns."""

from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import AccountMoved


class CampaignNotFound(DomainError):
    code, status, message = "campaign_not_found", 404, "活动不存在"


class CampaignEdited(DomainError):
    """``details.version``: of the campaign as it is now."""

    code, status, message = "campaign_edited", 409, "活动刚刚发生了变化，请刷新后再试"


class CampaignFixed(DomainError):
    """``details.status``: only a draft is edited, and only where there is such a step."""

    code, status, message = "campaign_fixed", 409, "活动当前状态不允许此操作"


class CampaignOver(DomainError):
    code, status, message = "campaign_over", 409, "活动时间已过，请修改活动时间"


class CampaignEnded(DomainError):
    """For buyers: nobody can take part any more."""

    code, status, message = "campaign_ended", 409, "活动已结束"


class CampaignClash(DomainError):
    """``details.clashes``: [{campaign_id, sku_id}] of the same play, in an overlapping window."""

    code, status, message = "campaign_clash", 409, "同一商品在同一时间已参加同类活动"


class BoardFull(DomainError):
    """``details.place``: the product, or ``*``. ``details.limit``"""

    code, status, message = "campaign_board_full", 409, "该商品同时参加的活动已达上限 {limit}"


class NotForSale(DomainError):
    """``details.sku_ids``: not known, or not of the product named."""

    code, status, message = "campaign_goods_unknown", 409, "部分商品不存在，请检查活动商品"


class TallyMoved(AccountMoved):
    """Another order of the member was quicker: ask for a preview again."""

    code, status, message = "campaign_tally_moved", 409, "您有另一笔活动订单刚刚提交，请重新确认"


class BelowCost(DomainError):
    """``details.sku_ids``: the lowest possible price lies below the cost. Needs `allow_below_cost`, and the permission
    `campaigns.below_cost`."""

    code, status, message = "campaign_below_cost", 409, "叠加优惠后可能低于成本，请调整价格或由有权限的人确认"


class PriceBelowCost(DomainError):
    """``details.sku_ids``: together these discounts sell below cost, which nobody has allowed."""

    code, status, message = "price_below_cost", 409, "部分商品的优惠叠加异常，请取消部分优惠后再下单"


class PiecesGone(DomainError):
    """Fewer of the pieces set aside are unsold and promised to nobody."""

    code, status, message = "campaign_pieces_gone", 409, "活动剩余库存不足，请刷新后再试"


class BoardMoved(DomainError):
    """Never leaves the base: it reads again."""

    code = "campaign_board_moved"
