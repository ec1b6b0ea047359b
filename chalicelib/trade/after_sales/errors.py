"""Refusals of after-sales."""

from chalicelib.core.errors import DomainError


class AfterSaleNotFound(DomainError):
    code, status, message = "after_sale_not_found", 404, "售后单不存在"


class AfterSaleMovedOn(DomainError):
    """It is not in a status in which that can be done (any more): ``status`` where it was known."""

    code, status, message = "after_sale_moved_on", 409, "售后单状态已变化，请刷新后再试"


class AfterSaleClosed(DomainError):
    """The order is not paid, is canceled, or was completed too long ago."""

    code, status, message = "after_sale_closed", 409, "订单当前不能申请售后"


class OrderOnHold(DomainError):
    """It still waits, say for its group: it is left by the way it came."""

    code, status, message = "order_on_hold", 409, "订单还在等待成团等条件，请先在活动里取消"


class PiecesNotThere(DomainError):
    """``line``: fewer pieces of it can be asked for that way: ``left``."""

    code, status, message = "pieces_not_there", 409, "可申请的商品数量不足（还可申请 {left} 件）"


class BookMoved(DomainError):
    """Another application for the order came in between."""

    code, status, message = "after_sale_busy", 409, "该订单的售后刚刚发生了变化，请刷新后再试"


class TooManyAfterSales(DomainError):
    code, status, message = "too_many_after_sales", 409, "该订单的售后次数过多，请联系客服"


class AmountAboveDue(DomainError):
    """``due_amount``: what the pieces were paid with, less what must stay."""

    code, status, message = "amount_above_due", 422, "退款金额超过应退金额"


class FreightAboveLeft(DomainError):
    """``left_amount``: what of the freight was not given back yet."""

    code, status, message = "freight_above_left", 422, "退运费超过可退运费"


class NothingBack(DomainError):
    """Neither pieces nor freight are named."""

    code, status, message = "nothing_back", 422, "请选择要退款的商品或运费"


class NoReturnAddress(DomainError):
    """Neither named, nor known: the place that sent the goods is no store of ours."""

    code, status, message = "no_return_address", 422, "请填写退货地址"


class ExchangeNotEqual(DomainError):
    """Only for a SKU of the same product that costs the same."""

    code, status, message = "exchange_not_equal", 422, "只能换同一商品中价格相同的规格"


class AppealOver(DomainError):
    """It was appealed before, or too long ago."""

    code, status, message = "appeal_over", 409, "已申诉过或已超过申诉期限"


class TooManyWaybills(DomainError):
    """Its number was changed as often as it may be: staff receive the goods without it."""

    code, status, message = "too_many_waybills", 409, "运单号已修改多次，请联系商家"


class WaybillOfShop(DomainError):
    """The shop has sent something under it: it is not of what the buyer sends back."""

    code, status, message = "waybill_of_shop", 409, "这是商家发货的运单号，请填写您寄回商品的运单号"


class UnfinishedAfterSale(DomainError):
    code, status, message = "unfinished_after_sale", 409, "还有未完成的售后"


class ReasonNeeded(DomainError):
    """Something is refused, or less is given than is due."""

    code, status, message = "reason_needed", 422, "拒收或扣款时请填写原因"
