"""Staff: the pool of codes."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.goods_codes import errors
from chalicelib.trade.fulfillment.goods_codes.pool import service
from chalicelib.trade.fulfillment.goods_codes.schemas import PoolsView, UploadCodes, UploadedView

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
    raises=[ProductNotFound, errors.NotSoldAsCodes, errors.CodesOff, errors.CodesChanged],
)
def upload_codes(staff: Staff, product_id: str, body: UploadCodes) -> UploadedView:
    """Upload codes of a SKU, up to 500 at once. Known ones are left alone; orders that wait get theirs."""
    return service.upload(product_id, body)
