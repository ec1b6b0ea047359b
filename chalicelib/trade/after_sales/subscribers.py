"""How after-sales react: to their deadlines, to refunds and parcels; and how pieces go on sale again."""

from __future__ import annotations

import logging

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import StockKey
from chalicelib.mall.storefront.indexing import service as listing
from chalicelib.trade.after_sales import service
from chalicelib.trade.after_sales.deadlines import service as deadlines
from chalicelib.trade.after_sales.events import AfterSaleDue, ReplacementRefunded, StockReturned
from chalicelib.trade.after_sales.models import SYSTEM, AfterSale, Status
from chalicelib.trade.after_sales.returning import service as returning
from chalicelib.trade.checkout import service as checkout
from chalicelib.trade.fulfillment.shipments.events import SideParcelDelivered
from chalicelib.trade.orders import service as orders
from chalicelib.trade.payments.refunds.events import RefundEvent, RefundFailed, RefundSucceeded

log = logging.getLogger(__name__)


@subscribe(AfterSaleDue, queue="payments")
def act_in_time(event: AfterSaleDue, tx: Transaction) -> None:
    """Nobody acted. A deadline of an earlier status finds another version."""
    sale = service.load(event.member_id, event.after_sale_id)
    if sale.version == event.version:
        deadlines.act(tx, sale)


@subscribe(SideParcelDelivered, queue="fulfillment")
def take_return(event: SideParcelDelivered, tx: Transaction) -> None:
    """The courier says that the goods are back."""
    sale = AfterSale.find(event.member_id, event.order_id, consistent=True)
    if sale is not None:
        returning.arrived(tx, sale, event.parcel_id)


@subscribe(RefundSucceeded, queue="payments")
def end_refunded(event: RefundSucceeded, tx: Transaction) -> None:
    """The money is with the buyer."""
    sale = _of(event)
    if sale is not None and sale.status is Status.REFUNDING:
        service.move(tx, sale, Status.REFUNDED, actor=SYSTEM)


@subscribe(RefundFailed, queue="payments")
def note_failed(event: RefundFailed, tx: Transaction) -> None:
    """The channel can not give the money back by itself: a person has to act there."""
    sale = _of(event)
    if sale is not None and sale.status is Status.REFUNDING:
        service.ring(tx, sale, "退款异常，商家正在处理")


@subscribe(StockReturned, queue="reactions")
def return_refunded_stock(event: StockReturned, tx: Transaction) -> None:
    """The pieces are for others again."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    back: dict[StockKey, int] = {}
    for number, pieces in event.units.items():
        line = order.lines[int(number)]
        key = StockKey(line.stock_owner, line.sku_id)
        back[key] = back.get(key, 0) + pieces
    there = inventory.stocks(back, consistent=True)
    for key, pieces in back.items():
        if key in there:
            inventory.give_back(tx, key, pieces, ref=service.returned_as(event.after_sale_id))
        else:
            log.warning("no stock to return to", extra={"sku_id": key.sku_id, "order_id": order.id})
    listing.mark(tx, {order.lines[int(number)].product_id for number in event.units})


@subscribe(StockReturned, queue="reactions")
def return_refunded_limits(event: StockReturned, tx: Transaction) -> None:
    """What went back whole no longer counts against the member's limits; what is replaced does."""
    if not event.replaced:
        _uncount(tx, event)


@subscribe(ReplacementRefunded, queue="reactions")
def return_replaced_limits(event: ReplacementRefunded, tx: Transaction) -> None:
    """What was to be replaced and is refunded no longer counts either."""
    _uncount(tx, event)


def _uncount(tx: Transaction, event: StockReturned | ReplacementRefunded) -> None:
    order = orders.load(event.member_id, event.order_id, consistent=True)
    checkout.uncount(tx, order, {int(number): pieces for number, pieces in event.units.items()})


def _of(event: RefundEvent) -> AfterSale | None:
    """The after-sale that a refund's number names; None: it is another purpose's."""
    purpose = event.refund_id.split("-")[1:2]
    return AfterSale.find(event.member_id, purpose[0], consistent=True) if purpose else None
