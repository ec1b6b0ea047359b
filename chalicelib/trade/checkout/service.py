"""From a basket to an order. Algorithm and promise: docs/algorithms/order-life.md."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.once import Guard, Once, Repeat
from chalicelib.core.plugs import PlugList
from chalicelib.core.settings import settings
from chalicelib.core.tables import Key, Table, batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import Stock
from chalicelib.trade.cart import service as cart
from chalicelib.trade.cart.models import lines_of
from chalicelib.trade.cart.schemas import Trouble
from chalicelib.trade.checkout.errors import (
    EmptyBasket,
    LinesInvalid,
    PriceChanged,
    PurchaseLimitReached,
    TooManyLines,
)
from chalicelib.trade.checkout.models import Purchase
from chalicelib.trade.checkout.schemas import MAX_ORDER_LINES, PlaceOrder, Preview
from chalicelib.trade.checkout.ways.service import WAYS, Destination, require_fit, require_said
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderNotPending
from chalicelib.trade.orders.events import CloseUnpaid, OrderPlaced
from chalicelib.trade.orders.models import Order, OrderStatus, status_day
from chalicelib.trade.payments import service as payments
from chalicelib.trade.pricing.adjuster import Adjuster
from chalicelib.trade.pricing.schemas import PricedLine
from chalicelib.trade.pricing.service import Basket, Item, Quote

log = logging.getLogger(__name__)

adjusters: PlugList[Adjuster] = PlugList("adjusters")
"""The price steps in order of application; ``chalicelib/extensions.py`` fills the list."""


@dataclass(frozen=True)
class Loaded:
    """All that one round trip brought, and the quote made of it."""

    quote: Quote
    found: Mapping[type[Table], Mapping[Key, Any]]
    destination: Destination | None
    """None: not said yet."""


def preview(buyer: Buyer, asked: Preview) -> Quote:
    """What the basket costs right now, every discount explained. Writes nothing.

    :raises EmptyBasket, LinesInvalid, AddressNotFound, StoreNotForPickup, NotDeliverable: as placing would.
    """
    return _load(_basket(buyer, asked), asked, {}).quote


def place_order(buyer: Buyer, asked: PlaceOrder, key: str) -> str:
    """Make the order, once per *key*; returns its id. Three reads at most, one transaction.

    :raises Invalid: where it goes is not said. :raises PriceChanged: it no longer costs ``expected_payable_amount``.
    :raises OutOfStock, PurchaseLimitReached, LinesInvalid...: refused, nothing was written.
    """
    require_said(asked)
    once = Once(buyer.member_id, "place_order", key, asked)
    basket = _basket(buyer, asked, allow_empty=True)
    try:
        loaded = _load(basket, asked, {Guard: [once.guard_id], Member: [buyer.member_id]}, once)
        if loaded.quote.payable_amount != asked.expected_payable_amount:
            raise PriceChanged(payable_amount=loaded.quote.payable_amount)
        return _commit(buyer, asked, once, loaded)
    except Repeat as repeat:
        return repeat.result


def _basket(buyer: Buyer, asked: Preview, *, allow_empty: bool = False) -> Basket:
    if asked.lines is not None:
        items = tuple(Item(line.product_id, line.sku_id, line.quantity) for line in asked.lines)
    else:
        chosen = [line for line in lines_of(buyer.member_id, consistent=True) if line.selected]
        items = tuple(Item(line.product_id, line.sku_id, line.quantity) for line in chosen)
    if not items and not allow_empty:
        raise EmptyBasket()
    return Basket(buyer.member_id, clock.now(), items, dict(asked.options))


def _read(basket: Basket, wanted: dict[type[Table], list[Key]]) -> Mapping[type[Table], Mapping[Key, Any]]:
    """Everything that *wanted*, the lines and the price steps need, in one round trip."""
    wanted[Product] = [item.product_id for item in basket.items]
    wanted[Stock] = [(item.product_id, item.sku_id) for item in basket.items]
    for adjuster in adjusters:
        for model, keys in adjuster.needs(basket).items():
            wanted.setdefault(model, []).extend(keys)
    fresh = (model for adjuster in adjusters for model in getattr(adjuster, "fresh", ()))
    return batch_get(wanted, consistent={Guard, Member, *fresh})


def _load(basket: Basket, asked: Preview, wanted: dict[type[Table], list[Key]], once: Once | None = None) -> Loaded:
    """Read, and make the quote."""
    way = WAYS[asked.fulfillment]
    found = _read(basket, {**wanted, **way.needs(basket.member_id, asked)})
    if once is not None:
        # First of all: a repeat must find its order even if the basket could not be ordered again.
        once.recognize(found[Guard].get(once.guard_id))
    if not basket.items:
        raise EmptyBasket()
    if len(basket.items) > MAX_ORDER_LINES:
        raise TooManyLines(limit=MAX_ORDER_LINES)
    lines, short = _lines(basket, found)
    quote = Quote(basket.member_id, basket.at, lines, options=basket.options, carried=way.carried)
    destination = way.destination(basket.member_id, asked, found)
    if destination is not None and way.carried:
        quote.region_code = destination.receiver.region_code
    for adjuster in adjusters:
        adjuster.adjust(quote, found)
    require_fit(asked, quote)
    _require_stock(quote, short)
    quote.settle()
    return Loaded(quote, found, destination)


def _lines(
    basket: Basket, found: Mapping[type[Table], Mapping[Key, Any]]
) -> tuple[list[PricedLine], dict[int, Trouble]]:
    """The lines, and the troubles of those of which the product has too few."""
    lines: list[PricedLine] = []
    troubles, short = [], {}
    for number, item in enumerate(basket.items):
        product = found[Product].get(item.product_id)
        trouble = cart.examine_but_stock(product, item.sku_id, item.quantity, basket.at)
        if trouble is not None or product is None:
            troubles.append({"sku_id": item.sku_id, "reason": trouble})
            continue
        lines.append(cart.priced_line(product, item.sku_id, item.quantity))
        stock: Stock | None = found[Stock].get((item.product_id, item.sku_id))
        lacking = cart.examine_pieces(stock.available if stock is not None else 0, item.quantity)
        if lacking is not None:
            short[number] = lacking
    if troubles:
        lacking_too = [{"sku_id": basket.items[number].sku_id, "reason": each} for number, each in short.items()]
        raise LinesInvalid(lines=troubles + lacking_too)
    return lines, short


def _require_stock(quote: Quote, short: Mapping[int, Trouble]) -> None:
    """Refuse what the product has too few of, unless a price step found other pieces for the line."""
    lines = {number: quote.lines[number] for number in short}
    troubles = [
        {"sku_id": line.sku_id, "reason": short[number]}
        for number, line in lines.items()
        if line.stock_owner == line.product_id
    ]
    if troubles:
        raise LinesInvalid(lines=troubles)


def _commit(buyer: Buyer, asked: PlaceOrder, once: Once, loaded: Loaded) -> str:
    quote = loaded.quote
    member: Member | None = loaded.found[Member].get(buyer.member_id)
    Member.require_active(member)
    if loaded.destination is None:
        raise ValueError("an order goes somewhere")
    order = _order(buyer, asked, quote, loaded.destination)
    with once.writing(order.id) as tx:
        for line in quote.lines:
            inventory.take(tx, (line.stock_owner, line.sku_id), line.quantity, ref=order.id)
        _count_limits(tx, order, loaded.found[Product])
        for adjuster in adjusters:
            adjuster.claim(tx, quote, order.id)
        tx.put(order)
        tx.emit(OrderPlaced(member_id=order.member_id, order_id=order.id))
        _go_on(tx, order)
    log.info("order placed", extra={"order_id": order.id, "payable_amount": order.payable_amount})
    return order.id


def _go_on(tx: Transaction, order: Order) -> None:
    """What comes next: the deadline to pay by; or, when there is nothing to pay, the paid order's events."""
    named = {"member_id": order.member_id, "order_id": order.id}
    if order.status is OrderStatus.PENDING_PAYMENT:
        tx.emit(CloseUnpaid(**named), at=order.pay_by)
        return
    orders.announce_paid(tx, order)


def _order(buyer: Buyer, asked: PlaceOrder, quote: Quote, destination: Destination) -> Order:
    now: datetime = quote.at
    day = clock.business_day(now).isoformat()
    free = quote.payable_amount == 0
    status = OrderStatus.PAID if free else OrderStatus.PENDING_PAYMENT
    return Order(
        member_id=buyer.member_id,
        id=ids.new("ord"),
        number=ids.number(),
        day=day,
        status=status,
        status_day=status_day(status, day),
        phone=destination.receiver.phone,
        placed_at=now,
        pay_by=now + timedelta(minutes=settings().unpaid_close_minutes),
        paid_at=now if free else None,
        goods_amount=quote.goods_amount,
        discount_amount=quote.discount_amount,
        freight_amount=quote.freight_amount,
        payable_amount=quote.payable_amount,
        lines=quote.lines,
        adjustments=quote.adjustments,
        holds=quote.holds,
        advance=quote.advance,
        ship_by=quote.ship_by,
        fulfillment=asked.fulfillment,
        receiver=destination.receiver,
        place=destination.place,
        remark=asked.remark,
        source=asked.source,
    )


def uncount(tx: Transaction, order: Order, units: Mapping[int, int]) -> None:
    """These pieces (line → pieces) no longer count against the member's limits."""
    quantities: dict[str, int] = {}
    for number, pieces in units.items():
        line = order.lines[number]
        if line.counts_to_limit and pieces:
            quantities[line.product_id] = quantities.get(line.product_id, 0) + pieces
    for product_id, quantity in quantities.items():
        tx.update(Purchase(member_id=order.member_id, product_id=product_id), [Purchase.quantity.add(-quantity)])


def _count_limits(tx: Transaction, order: Order, products: Mapping[Key, Product]) -> None:
    wanted: dict[str, int] = {}
    for line in order.lines:
        if line.counts_to_limit:
            wanted[line.product_id] = wanted.get(line.product_id, 0) + line.quantity
    for product_id, quantity in wanted.items():
        limit: int = products[product_id].per_member_max
        if quantity > limit:
            raise PurchaseLimitReached(limit=limit, product_id=product_id)
        tx.update(
            Purchase(member_id=order.member_id, product_id=product_id),
            [Purchase.quantity.add(quantity)],
            only_if=Purchase.quantity.does_not_exist() | (Purchase.quantity <= limit - quantity),
            otherwise=PurchaseLimitReached(limit=limit, product_id=product_id),
        )


def close(order: Order, reason: str, tx: Transaction | None = None) -> None:
    """End an unpaid order: ask the channel, close there, then here. A paid order stays paid.

    :raises OrderNotPending: it was paid, or was closed already.
    :raises PartnerUnavailable: the channel did not answer; nothing was changed, try again.
    """
    if payments.settle_or_close(order):
        raise OrderNotPending()
    if tx is not None:
        orders.cancel(tx, order, reason)
        return
    with Transaction() as own:
        orders.cancel(own, order, reason)
