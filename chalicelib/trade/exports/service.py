"""What the kinds of trade have in common: columns, and a day read through an index of keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from chalicelib.core import pages
from chalicelib.core.tables import Key, Table, batch_get
from chalicelib.mall.exports.schemas import Column, Holds
from chalicelib.trade.payments.purchases.service import purchase_kinds

M = TypeVar("M", bound=Table)
PAGE = 100
"""What one batch reads."""
CHANNELS = {"wechat_pay": "微信支付"}


def columns(holds: Holds, *titles: str) -> tuple[Column, ...]:
    """Columns of one sort."""
    return tuple(Column(title, holds) for title in titles)


def read_day(
    model: type[M], index: Any, day: date, cursor: str | None, key_of: Callable[[Any], Key]
) -> tuple[list[M], str | None]:
    """Items of a day by an index whose key never changes, in the order of the index, as they are this moment."""
    keys, after = pages.query(index, day.isoformat(), limit=PAGE, cursor=cursor, newest_first=False)
    wanted = [key_of(key) for key in keys]
    found = batch_get({model: wanted}, consistent=True)[model]
    return [found[key] for key in wanted if key in found], after


def order_number(paid_id: str) -> str | None:
    """The number of the order that a payment paid; None: it paid something else."""
    return None if "_" in paid_id else paid_id[:-2]


def purchase(paid_id: str) -> str | None:
    """What a payment paid, if it was no order."""
    kind, line, _ = paid_id.partition("_")
    return (purchase_kinds[kind].title if kind in purchase_kinds else kind) if line else None
