"""Refusals of products."""

from chalicelib.core.errors import DomainError


class ProductNotFound(DomainError):
    code, status, message = "product_not_found", 404, "商品不存在"


class StaleProduct(DomainError):
    """``details.version``: the version that is stored now. Read it again before editing."""

    code, status, message = "product_changed", 409, "商品刚被其他人修改，请刷新后再编辑"


class ProductCodeTaken(DomainError):
    code, status, message = "product_code_taken", 409, "商品编码已被使用"


class IllegalStep(DomainError):
    """It is not in a status from which this can be done."""

    code, status, message = "illegal_product_step", 409, "商品当前状态不能执行此操作"
