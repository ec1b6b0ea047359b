"""An application: which pieces, in which way; claimed, and held where they have not left, in the moment it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from chalicelib.core import clock, ids
from chalicelib.core.once import Once
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.uploads import service as uploads
from chalicelib.trade.after_sales import service
from chalicelib.trade.after_sales.applying.schemas import (
    AmountsView,
    ApplyAfterSale,
    AskAmounts,
    LineChoices,
    WantedPieces,
)
from chalicelib.trade.after_sales.claims import service as claims
from chalicelib.trade.after_sales.errors import (
    AfterSaleClosed,
    ExchangeNotEqual,
    OrderOnHold,
    PiecesNotThere,
    TooManyAfterSales,
)
from chalicelib.trade.after_sales.models import (
    BUYER,
    AfterSale,
    Kind,
    Piece,
    Reason,
    Replacement,
    Status,
    Step,
    status_day,
)
from chalicelib.trade.after_sales.refunding import service as refunding
from chalicelib.trade.after_sales.schemas import AfterSaleView
from chalicelib.trade.after_sales.service import Scene
from chalicelib.trade.after_sales.unsent import service as unsent
from chalicelib.trade.fulfillment.entitlements.errors import CodeDrawnBefore
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.withdrawals import service as withdrawals
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderChanged
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.orders.refunding.service import REFUNDABLE

MOST = 40
"""Applications of one order: WeChat Pay takes 50 refunds of a payment, and staff need some."""
_OF_LINE = {"product_id", "sku_id", "name", "spec", "picture"}
Units = Mapping[int, int]


def quote(member_id: str, order_id: str, asked: AskAmounts) -> AmountsView:
    """What would go back. :raises OrderNotFound, AfterSaleClosed, OrderOnHold, PiecesNotThere:"""
    around = begin(member_id, order_id)
    require_open(around.order)
    units = chosen(around, asked.kind, asked.pieces)
    amounts = refunding.due(around, units, asked.reason) if asked.kind is not Kind.EXCHANGE else refunding.Due(0, 0)
    may = {kind: room(around, kind) for kind in Kind}
    return AmountsView(
        goods_amount=amounts.goods_amount,
        freight_amount=amounts.freight_amount,
        pieces=[WantedPieces(line=number, quantity=pieces) for number, pieces in units.items()],
        lines=[
            LineChoices(line=number, **{kind.value: may[kind][number] for kind in Kind})
            for number in range(len(around.order.lines))
        ],
    )


def apply(member_id: str, order_id: str, asked: ApplyAfterSale, key: str) -> AfterSaleView:
    """Ask for pieces of the member's order; once per *key*.

    :raises OrderNotFound, AfterSaleClosed, OrderOnHold, TooManyAfterSales, ExchangeNotEqual:
    :raises UploadNotFound, UnsupportedMedia, MediaTooLarge: of a picture.
    :raises PiecesNotThere: they were asked for before, or went back. :raises KeyReused:
    """
    once = Once(member_id, f"after_sale/{order_id}", key, asked)
    after_sale_id = ids.new("afs")

    def ask() -> str:
        pictures = uploads.addresses(asked.pictures)
        service.insistently(lambda: _apply(member_id, order_id, asked, pictures, once, after_sale_id))
        return after_sale_id

    return service.view(member_id, once.carry_out(ask))


def begin(member_id: str, order_id: str) -> Scene:
    """The scene of an order; one that is ready and not planned yet is begun first, so that its pieces can be held.

    :raises OrderNotFound:
    """
    around = service.scene(member_id, order_id)
    if around.order.status is OrderStatus.PAID and not around.order.holds:
        with suppress(OrderChanged, CodeDrawnBefore), Transaction() as tx:
            shipments.fulfillers[around.order.fulfillment].begin(tx, around.order)
        around = service.scene(member_id, order_id)
    return around


def require_open(order: Order) -> None:
    """:raises OrderOnHold, AfterSaleClosed: nothing can be asked for."""
    if order.status is OrderStatus.PAID:
        raise OrderOnHold()
    window = timedelta(days=settings().after_sale_days)
    over = order.completed_at is not None and clock.now() > order.completed_at + window
    if order.status not in REFUNDABLE or over:
        raise AfterSaleClosed()


def room(around: Scene, kind: Kind) -> dict[int, int]:
    """How many pieces of each line can be asked for: what has not left, and what is no goods, can not be sent back."""
    there = claims.available(around.order, around.book)
    if kind is Kind.REFUND_ONLY:
        return there
    if around.order.fulfillment in unsent.NOTHING_TO_SEND:
        return dict.fromkeys(there, 0)
    free = unsent.free(around)
    return {number: max(pieces - free.get(number, 0), 0) for number, pieces in there.items()}


def chosen(around: Scene, kind: Kind, wanted: Sequence[WantedPieces]) -> dict[int, int]:
    """The pieces by line, and with the last piece that was bought, the gifts that have not left.

    :raises PiecesNotThere:
    """
    may, units = room(around, kind), {}
    for each in wanted:
        left = may.get(each.line, 0)
        if each.quantity > left:
            raise PiecesNotThere(line=each.line, left=left)
        units[each.line] = each.quantity
    if kind is Kind.REFUND_ONLY:
        units |= _gifts(around, units)
    return dict(sorted(units.items()))


def new(
    around: Scene, kind: Kind, units: Units, reason: Reason, *, status: Status, after_sale_id: str, actor: str
) -> AfterSale:
    """A new after-sale, not stored. What has not left is taken first."""
    order, now, due_at = around.order, clock.now(), service.due(status)
    day = clock.business_day(now).isoformat()
    free = unsent.holdable(around) if kind is Kind.REFUND_ONLY else {}
    return AfterSale(
        member_id=order.member_id,
        id=after_sale_id,
        number=ids.number(),
        order_id=order.id,
        order_number=order.number,
        kind=kind,
        status=status,
        status_day=status_day(status, day),
        pieces=[_piece(order, number, pieces, free.get(number, 0)) for number, pieces in units.items()],
        reason=reason,
        proposed_amount=refunding.due(around, units, reason).total if kind is not Kind.EXCHANGE else 0,
        opened_at=now,
        day=day,
        moved_at=now,
        due_at=due_at,
        steps=[Step(at=now, status=status, actor=actor)],
    )


def _apply(
    member_id: str, order_id: str, asked: ApplyAfterSale, pictures: list[str], once: Once, after_sale_id: str
) -> None:
    around = begin(member_id, order_id)
    require_open(around.order)
    if around.book.applications >= MOST:
        raise TooManyAfterSales()
    units = chosen(around, asked.kind, asked.pieces)
    requested = Status.REQUESTED
    sale = new(around, asked.kind, units, asked.reason, status=requested, after_sale_id=after_sale_id, actor=BUYER)
    sale.description, sale.phone, sale.asked_amount = asked.description, asked.phone, asked.amount
    sale.pictures = pictures
    if asked.kind is Kind.EXCHANGE:
        sale.replacement = _replacement(sale.pieces[0], asked.replacement_sku_id)
    with once.writing(sale.id) as tx:
        # Order and book are two reads: what went back between them must not be asked for.
        orders.require_refunds_as_read(tx, around.order)
        claims.claim(tx, around.book, sale.units)
        if sale.held:
            withdrawals.hold(tx, around.planned, sale.held)
        tx.put(sale)
        service.announce(tx, sale, sale.status, sale.due_at, sale.version)


def _gifts(around: Scene, units: Units) -> dict[int, int]:
    """Gifts do not go out alone: those that are still here go back with the last piece that was bought."""
    there, free = claims.available(around.order, around.book), unsent.free(around)
    lines = list(enumerate(around.order.lines))
    if any(there[number] > units.get(number, 0) for number, line in lines if not line.given):
        return {}
    gifts = {number: max(min(there[number], free.get(number, 0)), units.get(number, 0)) for number, _ in lines}
    return {number: pieces for number, pieces in gifts.items() if around.order.lines[number].given and pieces}


def _piece(order: Order, number: int, pieces: int, free: int) -> Piece:
    fields = order.lines[number].model_dump(include=_OF_LINE)
    return Piece(line=number, quantity=pieces, unshipped=min(pieces, free), **fields)


def _replacement(piece: Piece, sku_id: str | None) -> Replacement:
    if sku_id is None or sku_id == piece.sku_id:
        return Replacement(sku_id=piece.sku_id, spec=piece.spec)
    product = Product.find(piece.product_id, consistent=True)
    skus = {sku.id: sku for sku in product.skus} if product is not None else {}
    wanted, had = skus.get(sku_id), skus.get(piece.sku_id)
    if product is None or wanted is None or had is None or wanted.price_amount != had.price_amount:
        raise ExchangeNotEqual()
    spec = " ".join(f"{spec.name}:{value}" for spec, value in zip(product.specs, wanted.values, strict=True))
    return Replacement(sku_id=sku_id, spec=spec)
