"""Refusals of the cart."""

from chalicelib.core.errors import DomainError


class CartFull(DomainError):
    code, status, message = "cart_full", 409, "购物车已满，请先清理"


class CartLineNotFound(DomainError):
    code, status, message = "cart_line_not_found", 404, "购物车中没有该商品"


class QuantityTooLarge(DomainError):
    code, status, message = "quantity_too_large", 409, "单件商品数量过多"


class CartChanged(DomainError):
    code, status, message = "cart_changed", 409, "购物车刚刚发生了变化，请刷新后再试"


class CartLineRefused(DomainError):
    """``details.reason``: see ``Trouble``."""

    code, status, message = "cart_line_refused", 409, "该商品暂时无法购买或库存不足"
