"""Stocks as staff see and change them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.mall.inventory.models import MAX_STOCK, Keeper, Reason, Stock, StockEntry

Pieces = Annotated[int, Field(ge=0, le=MAX_STOCK)]
Note = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class StockView(Schema):
    """A stock. ``owner`` is the product, or a campaign that set pieces aside."""

    owner: str
    sku_id: str
    available: int
    low_at: int | None
    """So many, or fewer, are too few; null: the mall's setting; -1: never."""
    low: bool
    keeper: Keeper | None
    """Who says how many there are; null: staff."""
    updated_at: datetime

    @classmethod
    def of(cls, stock: Stock) -> StockView:
        same = {
            name: getattr(stock, name) for name in ("owner", "sku_id", "available", "low_at", "keeper", "updated_at")
        }
        return cls(**same, low=stock.is_low)


class AdjustStock(Schema):
    """``POST /admin/stocks/{owner}/{sku_id}/adjust``."""

    delta: Annotated[int, Field(ge=-MAX_STOCK, le=MAX_STOCK)]
    note: Note


class CountStock(Schema):
    """``POST /admin/stocks/{owner}/{sku_id}/count``."""

    counted: Pieces
    seen: Pieces
    """What ``available`` was when they were counted: another number now → refused."""
    note: Note


class WarnStock(Schema):
    """``PUT /admin/stocks/{owner}/{sku_id}/warning``."""

    low_at: Annotated[int, Field(ge=-1, le=MAX_STOCK)] | None
    """Null: the mall's setting. -1: never, for a SKU that is no longer sold."""


class StockEntryView(Schema):
    """One change of a stock. ``ref``: the order, the adjustment... that caused it."""

    delta: int
    reason: Reason
    ref: str
    note: str | None
    at: datetime

    @classmethod
    def of(cls, entry: StockEntry) -> StockEntryView:
        return cls(**{name: getattr(entry, name) for name in cls.model_fields})
