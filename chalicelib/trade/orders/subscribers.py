"""Order facts that may lag a second behind: counters of the day, the product's list of orders."""

from __future__ import annotations

import zlib

from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products import service as products
from chalicelib.trade.orders import service
from chalicelib.trade.orders.events import OrderCanceled, OrderCompleted, OrderEmptied, OrderPaid, OrderPlaced
from chalicelib.trade.orders.models import Order, OrderDay, OrderProduct

DAY_SHARDS = 8


@subscribe(OrderPlaced, queue="reactions")
def index_products(event: OrderPlaced, tx: Transaction) -> None:
    """Staff find the order by its products."""
    order = service.load(event.member_id, event.order_id)
    for product_id in dict.fromkeys(line.product_id for line in order.lines):
        tx.put(OrderProduct(product_id=product_id, order_id=order.id, member_id=order.member_id))


@subscribe(OrderPlaced, queue="reactions")
def count_placed(event: OrderPlaced, tx: Transaction) -> None:
    """The day's placed orders, on the day of placing."""
    order = service.load(event.member_id, event.order_id)
    _count(tx, order, order.day, OrderDay.placed_count.add(1), OrderDay.placed_amount.add(order.payable_amount))


@subscribe(OrderPaid, queue="reactions")
def count_paid(event: OrderPaid, tx: Transaction) -> None:
    """The day's paid orders, on the day the money came."""
    order = service.load(event.member_id, event.order_id, consistent=True)
    day = clock.business_day(order.paid_at or clock.now()).isoformat()
    _count(tx, order, day, OrderDay.paid_count.add(1), OrderDay.paid_amount.add(order.paid_amount))


@subscribe(OrderPaid, queue="reactions")
def record_sale(event: OrderPaid, tx: Transaction) -> None:
    """The catalog learns what was sold."""
    order = service.load(event.member_id, event.order_id)
    sold: dict[tuple[str, str], int] = {}
    for line in order.lines:
        key = (line.product_id, line.sku_id)
        sold[key] = sold.get(key, 0) + line.quantity
    products.record_sale(tx, sold)


@subscribe(OrderCanceled, queue="reactions")
def count_canceled(event: OrderCanceled, tx: Transaction) -> None:
    """The day's canceled orders, on the day of canceling."""
    order = service.load(event.member_id, event.order_id, consistent=True)
    day = clock.business_day(order.canceled_at or clock.now()).isoformat()
    _count(tx, order, day, OrderDay.canceled_count.add(1), OrderDay.canceled_amount.add(order.payable_amount))


@subscribe(OrderEmptied, queue="reactions")
def count_emptied(event: OrderEmptied, tx: Transaction) -> None:
    """An order that was refunded whole before it left is canceled, too."""
    count_canceled(OrderCanceled(member_id=event.member_id, order_id=event.order_id), tx)


@subscribe(OrderCompleted, queue="reactions")
def count_completed(event: OrderCompleted, tx: Transaction) -> None:
    """The day's completed orders, on the day of completing."""
    order = service.load(event.member_id, event.order_id, consistent=True)
    day = clock.business_day(order.completed_at or clock.now()).isoformat()
    _count(tx, order, day, OrderDay.completed_count.add(1), OrderDay.completed_amount.add(order.paid_amount))


def _count(tx: Transaction, order: Order, day: str, *actions: Action) -> None:
    shard = str(zlib.crc32(order.id.encode()) % DAY_SHARDS)
    tx.update(OrderDay(day=day, shard=shard), list(actions))
