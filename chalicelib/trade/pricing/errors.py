"""Refusals of pricing."""

from chalicelib.core.errors import DomainError


class AmountTooLarge(DomainError):
    code, status, message = "amount_too_large", 422, "订单金额过大，请分次下单"


class NotDeliverable(DomainError):
    """``details.lines``: [{product_id, sku_id}] that do not go to this region; ``details.region_code``."""

    code, status, message = "not_deliverable", 409, "部分商品不支持配送到所选地区"
