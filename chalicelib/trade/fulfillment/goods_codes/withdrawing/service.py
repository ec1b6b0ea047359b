"""Codes leave the pool, and as many pieces the stock: because staff say so, or because their time to sell is over.

What orders were promised never leaves: the stock counts what is promised to nobody, and does not fall below zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.errors import OutOfStock
from chalicelib.mall.inventory.models import StockKey
from chalicelib.trade.fulfillment.goods_codes.errors import CodesChanged, CodesPromised
from chalicelib.trade.fulfillment.goods_codes.events import SellingEnds
from chalicelib.trade.fulfillment.goods_codes.models import GoodsCode
from chalicelib.trade.fulfillment.goods_codes.pool import service as pool
from chalicelib.trade.fulfillment.goods_codes.schemas import WithdrawCodes, WithdrawnView
from chalicelib.trade.fulfillment.goods_codes.sealing import service as sealing

LOOK_AGAIN = timedelta(hours=1)
_PAGE = 100


def withdraw(product_id: str, asked: WithdrawCodes) -> WithdrawnView:
    """Take these codes out of the pool; again, nothing. Given ones stay given, and their orders are named.

    :raises ProductNotFound, NotSoldAsCodes, CodesOff, CodeUnreadable:
    :raises CodesPromised: so many are not to spare; upload others first. :raises CodesChanged: withdraw again.
    """
    key = pool.stock_key(product_id, asked.sku_id)
    fingerprints = sealing.Fingerprints()
    wanted = [(asked.sku_id, fingerprints.of(asked.sku_id, code)) for code in asked.secret_codes]
    known: list[GoodsCode] = list(batch_get({GoodsCode: wanted}, consistent=True)[GoodsCode].values())
    free = [each.id for each in known if each.free_sku_id is not None]
    for start in range(0, len(free), pool.AT_ONCE):
        _take_out(key, free[start : start + pool.AT_ONCE])
    return WithdrawnView(
        withdrawn=len(free),
        gone=sum(1 for each in known if each.withdrawn_at is not None),
        unknown=len(wanted) - len(known),
        order_ids=sorted({each.order_id for each in known if each.order_id is not None}),
    )


def end_selling(tx: Transaction, key: StockKey) -> None:
    """What is past its time to sell leaves the pool, except as much as orders were promised: that is looked at again
    when they had their time. Each part in a transaction of its own; run twice, the second finds less, or nothing.

    :raises CodesChanged: somebody took one of them in this moment; run it again.
    """
    over = list(_over(key.sku_id))
    spare = min(len(over), _left(key))
    for start in range(0, spare, pool.AT_ONCE):
        _take_out(key, over[start : min(start + pool.AT_ONCE, spare)])
    if spare < len(over):
        tx.emit(SellingEnds(product_id=key.owner, sku_id=key.sku_id), at=clock.now() + LOOK_AGAIN)


def _take_out(key: StockKey, code_ids: Sequence[str]) -> None:
    now = clock.now()
    try:
        with Transaction() as tx:
            for each in code_ids:
                tx.update(
                    GoodsCode(sku_id=key.sku_id, id=each),
                    [GoodsCode.free_sku_id.remove(), GoodsCode.withdrawn_at.set(now)],
                    only_if=GoodsCode.free_sku_id.exists(),
                    otherwise=CodesChanged(),
                )
            pool.change_stock(tx, key, -len(code_ids))
    except OutOfStock:
        raise CodesPromised(left=_left(key)) from None


def _over(sku_id: str) -> Iterator[str]:
    """The free codes whose time to sell is over."""
    now, free = clock.now(), (each.id for each in GoodsCode.by_free.query(sku_id))
    while page := [(sku_id, each) for each in islice(free, _PAGE)]:
        for item in batch_get({GoodsCode: page}, consistent=True)[GoodsCode].values():
            if item.free_sku_id is not None and item.sell_until is not None and item.sell_until <= now:
                yield item.id


def _left(key: StockKey) -> int:
    found = inventory.stocks([key], consistent=True)
    return found[key].available if key in found else 0
