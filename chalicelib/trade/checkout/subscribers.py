"""Deadlines and returns: an unpaid order closes by itself, and what it held comes back, once."""

from __future__ import annotations

import logging
from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.storefront.indexing import service as listing
from chalicelib.trade.checkout import service
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderNotPending
from chalicelib.trade.orders.events import CloseUnpaid, OrderCanceled, OrderPlaced
from chalicelib.trade.orders.models import OrderStatus

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(minutes=5)


@subscribe(CloseUnpaid, queue="payments")
def close_unpaid(event: CloseUnpaid, tx: Transaction) -> None:
    """Time is up. Paid in the same second: the write is refused, the message comes again, and finds it paid."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    if order.status is not OrderStatus.PENDING_PAYMENT:
        return
    try:
        service.close(order, "超时未付款", tx)
    except OrderNotPending:
        return  # the channel says: paid
    except PartnerUnavailable as error:
        # An outage of the channel outlasts a queue's patience: the deadline itself is set anew.
        log.warning("channel unreachable, closing later", extra={"order_id": order.id, "error": str(error)})
        tx.emit(event, at=clock.now() + TRY_AGAIN)


@subscribe(OrderPlaced, queue="reactions")
def tell_listing(event: OrderPlaced, tx: Transaction) -> None:
    """What was taken may be sold out: the listing shall know within minutes."""
    order = orders.load(event.member_id, event.order_id)
    listing.mark(tx, {line.product_id for line in order.lines})


@subscribe(OrderCanceled, queue="reactions")
def return_stock(event: OrderCanceled, tx: Transaction) -> None:
    """The stock that the order held is for others again."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    for line in order.lines:
        inventory.give_back(tx, (line.stock_owner, line.sku_id), line.quantity, ref=order.id)
    listing.mark(tx, {line.product_id for line in order.lines})


@subscribe(OrderCanceled, queue="reactions")
def return_limits(event: OrderCanceled, tx: Transaction) -> None:
    """The pieces no longer count against the member's limits."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    service.uncount(tx, order, {number: line.quantity for number, line in enumerate(order.lines)})
