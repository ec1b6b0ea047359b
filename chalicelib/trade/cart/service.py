"""The cart: what a member means to buy. Price and stock are read live, every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.inventory.models import Stock, StockKey
from chalicelib.mall.inventory.shelves.service import elsewhere
from chalicelib.trade.cart.errors import CartChanged, CartFull, CartLineNotFound, CartLineRefused, QuantityTooLarge
from chalicelib.trade.cart.models import MAX_LINES, MAX_QUANTITY, CartLine, lines_of
from chalicelib.trade.cart.schemas import AddItem, CartLineView, CartSummary, CartView, ChangeItem, Trouble
from chalicelib.trade.pricing.schemas import PricedLine


def examine(product: Product | None, sku_id: str, available: int, quantity: int, now: datetime) -> Trouble | None:
    """Why *quantity* of the SKU can not be ordered now, or None. The one rule of cart, preview and order."""
    return _of_sale(product, sku_id, now) or examine_pieces(available, quantity) or _of_quantity(product, quantity)


def examine_pieces(available: int, quantity: int) -> Trouble | None:
    """Why the pieces are not there, or None."""
    if available <= 0:
        return Trouble.OUT_OF_STOCK
    return Trouble.INSUFFICIENT_STOCK if quantity > available else None


def examine_but_stock(product: Product | None, sku_id: str, quantity: int, now: datetime) -> Trouble | None:
    """As :func:`examine`, for pieces that may come from somewhere else than the product's stock."""
    return _of_sale(product, sku_id, now) or _of_quantity(product, quantity)


def _of_sale(product: Product | None, sku_id: str, now: datetime) -> Trouble | None:
    if product is None or not product.is_on_sale(now):
        return Trouble.UNLISTED
    return Trouble.SKU_GONE if product.sku(sku_id) is None else None


def _of_quantity(product: Product | None, quantity: int) -> Trouble | None:
    if product is None:
        return Trouble.UNLISTED
    if product.per_order_max is not None and quantity > product.per_order_max:
        return Trouble.OVER_ORDER_LIMIT
    if quantity < product.min_quantity:
        return Trouble.UNDER_MINIMUM
    return None


def priced_line(product: Product, sku_id: str, quantity: int) -> PricedLine:
    """The line of a quote: the catalog's price, the product's own stock."""
    sku = product.sku(sku_id)
    assert sku is not None
    return PricedLine(
        product_id=product.id,
        sku_id=sku.id,
        stock_owner=product.id,
        name=product.name,
        spec=product.spec_text(sku),
        picture=sku.picture or (product.pictures[0] if product.pictures else ""),
        category_id=product.category_id,
        brand_id=product.brand_id or "",
        quantity=quantity,
        unit_amount=sku.price_amount,
        cost_amount=sku.cost_amount,
        prices=sku.prices,
        goods_amount=sku.price_amount * quantity,
        weight_grams=sku.weight_grams or 0,
        volume_ml=sku.volume_ml or 0,
        freight_template_id=product.freight_template_id or "",
        kind=product.kind,
        voucher=product.voucher,
        counts_to_limit=product.per_member_max is not None,
    )


def add(member_id: str, asked: AddItem) -> CartSummary:
    """Put a SKU in; what is there already grows. Two reads, one write; two reads more if the product has too few.

    :raises CartLineRefused: it can not be ordered in this quantity. :raises CartFull:
    """
    now = clock.now()
    key = (asked.product_id, asked.sku_id)
    found = batch_get({Product: [asked.product_id], Stock: [key]})
    lines = lines_of(member_id)
    product = found[Product].get(asked.product_id)
    before = next((line.quantity for line in lines if line.sku_id == asked.sku_id), 0)
    place = _places(found, {StockKey(*key): before + asked.quantity}, member_id)[StockKey(*key)]
    trouble = examine(product, asked.sku_id, place.available, before + asked.quantity, now)
    if product is None or (trouble is not None and trouble is not Trouble.UNDER_MINIMUM):
        raise CartLineRefused(reason=trouble or Trouble.UNLISTED)
    if before == 0 and len(lines) >= MAX_LINES:
        raise CartFull()
    with Transaction() as tx:
        tx.update(
            CartLine(member_id=member_id, sku_id=asked.sku_id),
            [
                CartLine.quantity.add(asked.quantity),
                CartLine.product_id.set(asked.product_id),
                CartLine.selected.set(True),
                CartLine.added_at.set(now),
                CartLine.seen_amount.set(priced_line(product, asked.sku_id, 1).unit_amount),
            ],
            only_if=CartLine.quantity.does_not_exist() | (CartLine.quantity <= MAX_QUANTITY - asked.quantity),
            otherwise=QuantityTooLarge(),
        )
    count = len(lines) + (before == 0)
    return CartSummary(line_count=count, quantity=sum(line.quantity for line in lines) + asked.quantity)


def show(member_id: str) -> CartView:
    """The cart with today's prices and stock. Two reads; two more where a product has too few pieces."""
    now = clock.now()
    lines = lines_of(member_id, consistent=True)
    found = batch_get(
        {Product: [line.product_id for line in lines], Stock: [(line.product_id, line.sku_id) for line in lines]}
    )
    places = _places(found, {StockKey(line.product_id, line.sku_id): line.quantity for line in lines}, member_id)
    views = [
        _view(line, found[Product].get(line.product_id), places[StockKey(line.product_id, line.sku_id)], now)
        for line in lines
    ]
    good = [view for view in views if view.trouble is None]
    chosen = [view for view in good if view.selected]
    return CartView(
        items=good,
        invalid=[view for view in views if view.trouble is not None],
        selected_quantity=sum(view.quantity for view in chosen),
        selected_goods_amount=sum(view.unit_amount * view.quantity for view in chosen),
    )


def export(member_id: str) -> list[dict[str, object]]:
    """What lies in the cart, for the copy of the member's personal data. Registered with identity."""
    return [
        {"product_id": line.product_id, "sku_id": line.sku_id, "quantity": line.quantity, "added_at": line.added_at}
        for line in lines_of(member_id)
    ]


def change(member_id: str, sku_id: str, asked: ChangeItem) -> CartView:
    """Set a line's quantity or selection. :raises CartLineNotFound:"""
    actions = []
    if asked.quantity is not None:
        actions.append(CartLine.quantity.set(asked.quantity))
    if asked.selected is not None:
        actions.append(CartLine.selected.set(asked.selected))
    if actions:
        with Transaction() as tx:
            tx.update(
                CartLine(member_id=member_id, sku_id=sku_id),
                actions,
                only_if=CartLine.sku_id.exists(),
                otherwise=CartLineNotFound(),
            )
    return show(member_id)


def select_all(member_id: str, selected: bool) -> CartView:
    """Select or deselect every line. :raises CartChanged: a line went away meanwhile."""
    with Transaction() as tx:
        for line in lines_of(member_id, consistent=True):
            if line.selected is not selected:
                tx.update(
                    CartLine(member_id=member_id, sku_id=line.sku_id),
                    [CartLine.selected.set(selected)],
                    only_if=CartLine.sku_id.exists(),
                    otherwise=CartChanged(),
                )
    return show(member_id)


def remove(member_id: str, sku_ids: Sequence[str]) -> CartView:
    """Take lines out; what is not there is no error."""
    with CartLine.batch_write() as batch:
        for sku_id in dict.fromkeys(sku_ids):
            batch.delete(CartLine(member_id=member_id, sku_id=sku_id))
    return show(member_id)


@dataclass(frozen=True)
class _Place:
    """Where a line's pieces come from. ``unit_amount``: what one costs there, if not what the catalog says."""

    available: int
    unit_amount: int | None = None


def _places(
    found: Mapping[Any, Mapping[Any, Any]], wanted: Mapping[StockKey, int], member_id: str
) -> dict[StockKey, _Place]:
    """The product's own stock; or where else there are more, if it has fewer than *wanted*."""
    stocks: Mapping[Any, Stock] = found[Stock]
    own = {key: stocks[key].available if key in stocks else 0 for key in wanted}
    prices: dict[StockKey, int] = {}
    for key, quantity in wanted.items():
        product: Product | None = found[Product].get(key.owner)
        sku = product.sku(key.sku_id) if product is not None else None
        if sku is not None and own[key] < quantity:
            prices[key] = sku.price_amount
    shelves = elsewhere(prices, member_id)
    return {
        key: _Place(shelves[key].available, shelves[key].unit_amount)
        if key in shelves and shelves[key].available > available
        else _Place(available)
        for key, available in own.items()
    }


def _unit_amount(place: _Place, shown: PricedLine | None, line: CartLine) -> int:
    if shown is None:
        return line.seen_amount
    return shown.unit_amount if place.unit_amount is None else place.unit_amount


def _view(line: CartLine, product: Product | None, place: _Place, now: datetime) -> CartLineView:
    sku = product.sku(line.sku_id) if product else None
    shown = priced_line(product, line.sku_id, line.quantity) if product and sku else None
    return CartLineView(
        product_id=line.product_id,
        sku_id=line.sku_id,
        name=shown.name if shown else product.name if product else "商品已失效",
        spec=shown.spec if shown else "",
        picture=shown.picture if shown else "",
        quantity=line.quantity,
        selected=line.selected,
        unit_amount=_unit_amount(place, shown, line),
        market_amount=sku.market_price_amount if sku else None,
        seen_amount=line.seen_amount,
        available=min(place.available, MAX_QUANTITY),
        added_at=line.added_at,
        trouble=examine(product, line.sku_id, place.available, line.quantity, now),
    )
