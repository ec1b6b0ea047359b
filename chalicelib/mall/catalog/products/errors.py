"""Refusals of products."""

from chalicelib.core.errors import DomainError


class ProductNotFound(DomainError):
    code, status, message = "product_not_found", 404, "商品不存在"


class NotOnSale(DomainError):
    """``details.product_id``."""

    code, status, message = "not_on_sale", 409, "商品已下架"


class SkuNotFound(DomainError):
    """``details.sku_id``."""

    code, status, message = "sku_not_found", 409, "该规格已不存在"


class QuantityNotAllowed(DomainError):
    """``details.min_quantity``, ``details.per_order_max`` (may be null)."""

    code, status, message = "quantity_not_allowed", 409, "购买数量不在允许范围内"


class StaleProduct(DomainError):
    """``details.version``: the version that is stored now. Read it again before editing."""

    code, status, message = "product_changed", 409, "商品刚被其他人修改，请刷新后再编辑"


class ProductCodeTaken(DomainError):
    code, status, message = "product_code_taken", 409, "商品编码已被使用"


class IllegalStep(DomainError):
    """It is not in a status from which this can be done."""

    code, status, message = "illegal_product_step", 409, "商品当前状态不能执行此操作"
