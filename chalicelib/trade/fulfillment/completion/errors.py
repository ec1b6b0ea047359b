"""Refusals of confirming receipt."""

from chalicelib.core.errors import DomainError


class OrderNotShipped(DomainError):
    code, status, message = "order_not_shipped", 409, "订单还没有全部发货"


class AlreadyExtended(DomainError):
    """The buyer has asked for more time before. ``complete_by`` stays."""

    code, status, message = "receipt_already_extended", 409, "收货时间只能延长一次"
