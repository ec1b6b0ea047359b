"""Staff: stocks and their log."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.inventory import errors
from chalicelib.mall.inventory.desk import service
from chalicelib.mall.inventory.models import StockKey
from chalicelib.mall.inventory.schemas import AdjustStock, CountStock, StockEntryView, StockView, WarnStock

api = Api("inventory", title="库存 Inventory (staff)")


@api.get("/admin/low-stock", permission="inventory.read")
def low_stock(staff: Staff, query: PageQuery) -> Page[StockView]:
    """List the stocks that run low. It follows paid orders and staff's changes, usually within a second."""
    return service.low(query)


@api.get("/admin/stocks/{owner}", permission="inventory.read")
def list_stocks(staff: Staff, owner: str, query: PageQuery) -> Page[StockView]:
    """List the stocks of a product (or of a campaign that set pieces aside)."""
    return service.of_owner(owner, query)


@api.get("/admin/stocks/{owner}/{sku_id}", permission="inventory.read", raises=[errors.StockNotFound])
def show_stock(staff: Staff, owner: str, sku_id: str) -> StockView:
    """Show a stock, this moment."""
    return service.show(StockKey(owner, sku_id))


@api.get("/admin/stocks/{owner}/{sku_id}/entries", permission="inventory.read")
def stock_entries(staff: Staff, owner: str, sku_id: str, query: PageQuery) -> Page[StockEntryView]:
    """List what changed a stock, latest cause first. Its deltas sum to what is available."""
    return service.entries(StockKey(owner, sku_id), query)


@api.post(
    "/admin/stocks/{owner}/{sku_id}/adjust",
    permission="inventory.write",
    raises=[errors.StockNotFound, errors.OutOfStock, errors.StockTooLarge, errors.StockKept, KeyReused],
)
def adjust_stock(staff: Staff, owner: str, sku_id: str, body: AdjustStock, key: IdempotencyKey) -> StockView:
    """Change a stock by so many pieces, with the reason; never below zero."""
    return service.adjust(staff.staff_id, key, StockKey(owner, sku_id), body)


@api.post(
    "/admin/stocks/{owner}/{sku_id}/count",
    permission="inventory.write",
    raises=[errors.StockNotFound, errors.StockMoved, errors.StockKept],
)
def count_stock(staff: Staff, owner: str, sku_id: str, body: CountStock) -> StockView:
    """Set a stock to what was counted, if nothing came or went since it was looked at."""
    return service.count(StockKey(owner, sku_id), body)


@api.put("/admin/stocks/{owner}/{sku_id}/warning", permission="inventory.write", raises=[errors.StockNotFound])
def warn_stock(staff: Staff, owner: str, sku_id: str, body: WarnStock) -> StockView:
    """Set the number at which a stock is too low."""
    return service.warn(StockKey(owner, sku_id), body)
