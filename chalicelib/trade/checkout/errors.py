"""Refusals of checkout."""

from chalicelib.core.errors import DomainError


class EmptyBasket(DomainError):
    code, status, message = "empty_basket", 409, "请先选择商品"


class TooManyLines(DomainError):
    code, status, message = "too_many_lines", 422, "一个订单最多 {limit} 种商品，请分开下单"


class LinesInvalid(DomainError):
    """``details.lines``: [{sku_id, reason}], see the reasons of the cart."""

    code, status, message = "lines_invalid", 409, "部分商品已失效或库存不足"


class PriceChanged(DomainError):
    """``details.payable_amount``: what it costs now, fen."""

    code, status, message = "price_changed", 409, "价格发生了变化，请确认后再下单"


class AddressNotFound(DomainError):
    code, status, message = "address_not_found", 404, "收货地址不存在"


class StoreNotForPickup(DomainError):
    """No such store, it is closed for good, or it hands out no orders."""

    code, status, message = "store_not_for_pickup", 409, "该门店暂不支持自提，请选择其他门店"


class FulfillmentUnfit(DomainError):
    """``details.lines``: [{sku_id, kind}] of what can not be had in this way: goods are sent or fetched, vouchers are
    given as vouchers; never both in one order."""

    code, status, message = "fulfillment_unfit", 409, "部分商品不支持该配送方式，请分开下单"


class TooManyVouchers(DomainError):
    """Of vouchers or codes: they are given in one transaction."""

    code, status, message = "too_many_vouchers", 422, "一个订单最多购买 {limit} 张券或卡密，请分开下单"


class PurchaseLimitReached(DomainError):
    code, status, message = "purchase_limit_reached", 409, "该商品每人限购 {limit} 件"
