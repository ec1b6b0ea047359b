"""Refusals of the inventory."""

from chalicelib.core.errors import DomainError


class OutOfStock(DomainError):
    """``details.sku_id``: the SKU of which there are not enough."""

    code, status, message = "out_of_stock", 409, "库存不足"


class StockNotFound(DomainError):
    code, status, message = "stock_not_found", 404, "没有这个库存"


class StockTooLarge(DomainError):
    code, status, message = "stock_too_large", 409, "库存数量超出上限"


class StockMoved(DomainError):
    """``details.available``: what there is now."""

    code, status, message = "stock_moved", 409, "库存已变化，当前为 {available} 件，请重新盘点"


class StockKept(DomainError):
    """The number follows something else (the pool of codes): change that. ``details.keeper``."""

    code, status, message = "stock_kept", 409, "该库存由卡密池自动计算，请上传或撤回卡密"


class AlreadyBooked(DomainError):
    """The same cause has changed this stock before; nothing was done a second time."""

    code, status, message = "already_booked", 409, "这笔库存变动已经记过了"


class AlreadyDeclared(DomainError):
    code, status, message = "stock_already_declared", 409, "这个规格已经有库存了"
