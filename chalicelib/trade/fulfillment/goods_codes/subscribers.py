"""Goods that are codes: given when the order is ready, or when there are some again."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory.models import StockKey
from chalicelib.trade.fulfillment.goods_codes.events import CodesAdded, CodesWanted, SellingEnds
from chalicelib.trade.fulfillment.goods_codes.giving import service
from chalicelib.trade.fulfillment.goods_codes.withdrawing import service as withdrawing
from chalicelib.trade.orders import service as orders


@subscribe(CodesWanted, queue="fulfillment")
def give_codes(event: CodesWanted, tx: Transaction) -> None:
    """It has them, or waits."""
    service.give(tx, orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(CodesAdded, queue="fulfillment")
def wake_waiting(event: CodesAdded, tx: Transaction) -> None:
    """Who waited longest is looked at again."""
    service.wake(tx, event.sku_id, event.after)


@subscribe(SellingEnds, queue="fulfillment")
def end_selling(event: SellingEnds, tx: Transaction) -> None:
    """What nobody bought in time leaves the pool."""
    withdrawing.end_selling(tx, StockKey(event.product_id, event.sku_id))
