"""How staff see and change stocks."""

from __future__ import annotations

from chalicelib.core import clock, ids, pages
from chalicelib.core.once import Once
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.errors import StockNotFound
from chalicelib.mall.inventory.events import StockChanged
from chalicelib.mall.inventory.models import LOW, LowStock, Reason, Stock, StockEntry, StockKey
from chalicelib.mall.inventory.schemas import AdjustStock, CountStock, StockEntryView, StockView, WarnStock


def show(key: StockKey) -> StockView:
    """The stock, this moment. :raises StockNotFound:"""
    stock = Stock.find(key.owner, key.sku_id, consistent=True)
    if stock is None:
        raise StockNotFound()
    return StockView.of(stock)


def of_owner(owner: str, page: PageQuery) -> Page[StockView]:
    """The stocks of a product or campaign, those of SKUs it no longer has too."""
    found, cursor = pages.query(Stock, owner, limit=page.limit, cursor=page.cursor, newest_first=False, consistent=True)
    return Page[StockView](items=[StockView.of(stock) for stock in found], cursor=cursor)


def entries(key: StockKey, page: PageQuery) -> Page[StockEntryView]:
    """The log of a stock, latest cause first."""
    found, cursor = pages.query(StockEntry, key.text, limit=page.limit, cursor=page.cursor)
    return Page[StockEntryView](items=[StockEntryView.of(entry) for entry in found], cursor=cursor)


def low(page: PageQuery) -> Page[StockView]:
    """What runs low. Each is checked against its stock: one that was filled up since is left out."""
    found, cursor = pages.query(LowStock, LOW, limit=page.limit, cursor=page.cursor, newest_first=False)
    stocks = inventory.stocks([StockKey.parse(each.stock) for each in found], consistent=True)
    return Page[StockView](items=[StockView.of(each) for each in stocks.values() if each.is_low], cursor=cursor)


def adjust(staff_id: str, idempotency_key: str, key: StockKey, asked: AdjustStock) -> StockView:
    """Change a stock by a delta, once per *idempotency_key*.

    :raises OutOfStock: it would fall below zero. :raises StockNotFound, StockTooLarge, StockKept, KeyReused:
    """
    once = Once(staff_id, f"adjust_stock/{key.text}", idempotency_key, asked)

    def change() -> str:
        ref = ids.new("adj")
        with once.writing(ref) as tx:
            inventory.adjust(tx, key, asked.delta, Reason.ADJUSTED, ref, asked.note)
            tx.emit(StockChanged(owner=key.owner, sku_id=key.sku_id))
        return ref

    once.carry_out(change)
    return show(key)


def count(key: StockKey, asked: CountStock) -> StockView:
    """Set a stock to what was counted.

    :raises StockMoved: it is not what was seen. :raises StockNotFound, StockKept:
    """
    with Transaction() as tx:
        inventory.count(tx, key, asked.counted, asked.seen, ids.new("cnt"), asked.note)
        tx.emit(StockChanged(owner=key.owner, sku_id=key.sku_id))
    return show(key)


def warn(key: StockKey, asked: WarnStock) -> StockView:
    """Set at which number the stock is too low. :raises StockNotFound:"""
    at = Stock.low_at.remove() if asked.low_at is None else Stock.low_at.set(asked.low_at)
    with Transaction() as tx:
        tx.update(
            Stock(owner=key.owner, sku_id=key.sku_id),
            [at, Stock.updated_at.set(clock.now())],
            only_if=Stock.owner.exists(),
            otherwise=StockNotFound(),
        )
        tx.emit(StockChanged(owner=key.owner, sku_id=key.sku_id))
    return show(key)
