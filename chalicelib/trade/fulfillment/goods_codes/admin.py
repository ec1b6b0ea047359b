"""Staff: the pool of codes."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import Invalid
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.inventory.errors import StockKept, StockTooLarge
from chalicelib.trade.fulfillment.goods_codes import errors
from chalicelib.trade.fulfillment.goods_codes.pool import service
from chalicelib.trade.fulfillment.goods_codes.schemas import (
    PoolsView,
    UploadCodes,
    UploadedView,
    WithdrawCodes,
    WithdrawnView,
)
from chalicelib.trade.fulfillment.goods_codes.withdrawing import service as withdrawing

api = Api("goods_codes_admin", title="卡密 Codes (staff)")


@api.get(
    "/admin/products/{product_id}/codes", permission="codes.write", raises=[ProductNotFound, errors.NotSoldAsCodes]
)
def show_pools(staff: Staff, product_id: str) -> PoolsView:
    """Count the codes that are left of each SKU, and the orders that wait for some. Nobody sees the codes."""
    return PoolsView(items=service.pools(product_id))


@api.post(
    "/admin/products/{product_id}/codes",
    permission="codes.write",
    raises=[
        ProductNotFound,
        errors.NotSoldAsCodes,
        errors.CodesOff,
        errors.CodeUnreadable,
        errors.CodesChanged,
        Invalid,
        StockKept,
        StockTooLarge,
    ],
)
def upload_codes(staff: Staff, product_id: str, body: UploadCodes) -> UploadedView:
    """Upload codes of a SKU, up to 500 at once; its stock rises with them. Known ones are left alone; orders that wait
    get theirs.
    """
    return service.upload(product_id, body)


@api.post(
    "/admin/products/{product_id}/codes/withdraw",
    permission="codes.write",
    raises=[
        ProductNotFound,
        errors.NotSoldAsCodes,
        errors.CodesOff,
        errors.CodeUnreadable,
        errors.CodesChanged,
        errors.CodesPromised,
        StockKept,
    ],
)
def withdraw_codes(staff: Staff, product_id: str, body: WithdrawCodes) -> WithdrawnView:
    """Take codes out of the pool; the stock falls with them. Given ones stay given: their orders are named."""
    return withdrawing.withdraw(product_id, body)
