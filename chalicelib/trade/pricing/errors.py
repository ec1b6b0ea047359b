"""Refusals of pricing."""

from chalicelib.core.errors import DomainError


class AmountTooLarge(DomainError):
    code, status, message = "amount_too_large", 422, "订单金额过大，请分次下单"
