"""Refusals of coupons."""

from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import AccountMoved


class TemplateNotFound(DomainError):
    code, status, message = "coupon_template_not_found", 404, "优惠券不存在"


class TemplateEdited(DomainError):
    """``details.version``: of the template as it is now."""

    code, status, message = "coupon_template_edited", 409, "优惠券刚刚被修改，请刷新"


class TemplateOver(TemplateNotFound):
    """Its fixed validity has ended: what it gave out would be good for nothing."""

    code, status, message = "coupon_template_over", 409, "优惠券已过有效期，不能再发放"


class TooManyCodes(DomainError):
    """``details.left``: so many more codes there may be, one for each piece."""

    code, status, message = "coupon_codes_exceed_pieces", 409, "兑换码不能多于优惠券数量，还可生成 {left} 个"


class TermsFixed(DomainError):
    code, status, message = "coupon_terms_fixed", 409, "已发布的优惠券不能修改使用规则"


class WordTaken(DomainError):
    code, status, message = "coupon_word_taken", 409, "这个口令已被使用"


class NotClaimable(DomainError):
    """Stopped, outside of its window, or given out in another way."""

    code, status, message = "coupon_not_claimable", 409, "优惠券当前不可领取"


class NotForYou(DomainError):
    code, status, message = "coupon_not_for_you", 403, "该优惠券仅限指定用户领取"


class SoldOut(DomainError):
    code, status, message = "coupon_sold_out", 409, "优惠券已被抢光"


class ClaimLimitReached(DomainError):
    code, status, message = "coupon_limit_reached", 409, "您已达到该优惠券的领取上限"


class BookFull(DomainError):
    code, status, message = "coupon_book_full", 409, "您的可用优惠券过多，请先使用"


class CouponNotFound(DomainError):
    code, status, message = "coupon_not_found", 404, "优惠券不存在"


class CouponNotUsable(DomainError):
    """``details.reason``: why, for people."""

    code, status, message = "coupon_not_usable", 409, "优惠券不可用：{reason}"


class CouponMoved(DomainError):
    """Used, given away or ended since it was read."""

    code, status, message = "coupon_moved", 409, "优惠券状态刚刚发生了变化，请刷新"


class BookMoved(AccountMoved):
    """The book changed since it was read: read it again."""

    code, status, message = "coupon_book_moved", 409, "您的优惠券刚刚发生变动，请重试"


class AlreadyGiven(DomainError):
    """The same coupon was given before, under the same id."""

    code, status, message = "coupon_already_given", 409, "优惠券已发放"


class InvalidCode(DomainError):
    code, status, message = "coupon_code_invalid", 404, "兑换码不存在或已被使用"


class GiftOver(DomainError):
    code, status, message = "coupon_gift_over", 409, "优惠券赠送已失效"


class NotTransferable(DomainError):
    code, status, message = "coupon_not_transferable", 409, "该优惠券不能转赠"


class OwnGift(DomainError):
    code, status, message = "coupon_own_gift", 409, "不能领取自己赠送的优惠券"
