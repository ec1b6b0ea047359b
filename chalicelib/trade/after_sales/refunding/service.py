"""The refund engine: what goes back for pieces of an order, to the fen, and everything that moves with it, at once.

Nothing is computed anew: the amounts come from the shares that were stored with the order. See
docs/algorithms/after-sales.md, "What goes back".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.money import yuan
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.trade.after_sales import service
from chalicelib.trade.after_sales.claims import service as claims
from chalicelib.trade.after_sales.errors import AmountAboveDue, FreightAboveLeft
from chalicelib.trade.after_sales.events import StockReturned
from chalicelib.trade.after_sales.models import REASONS, SHOPS_FAULT, AfterSale, Piece, Reason, Status
from chalicelib.trade.after_sales.service import Case, Scene
from chalicelib.trade.after_sales.unsent import service as unsent
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderChanged
from chalicelib.trade.orders.models import Fulfillment, Order
from chalicelib.trade.orders.refunding import service as order_refunds
from chalicelib.trade.payments.confirming import service as confirming
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.pricing.returns.service import refund_amount

Units = Mapping[int, int]


@dataclass(frozen=True)
class Due:
    """What goes back for pieces by the rules."""

    goods_amount: int
    freight_amount: int

    @property
    def total(self) -> int:
        return self.goods_amount + self.freight_amount


@dataclass(frozen=True)
class Terms:
    """What staff decide besides. ``amount``: of the goods, no more than is due; None: all of it. ``freight_amount``:
    instead of the rule."""

    amount: int | None = None
    freight_amount: int | None = None


@dataclass(frozen=True)
class Settled:
    """What a settlement came to; ``sellable``: the pieces that can be sold again."""

    pieces: list[Piece]
    goods_amount: int
    withheld_amount: int
    freight_amount: int
    refund_id: str | None

    @property
    def total(self) -> int:
        """What is paid out."""
        return self.goods_amount - self.withheld_amount + self.freight_amount

    @property
    def status(self) -> Status:
        """Where the after-sale is with it: done at once, when there is nothing to pay out."""
        return Status.REFUNDING if self.refund_id else Status.REFUNDED


def due(around: Scene, units: Units, reason: Reason) -> Due:
    """What goes back for *units* now, after what went back before.

    The freight goes back with the last piece, if none has left or *reason* is the shop's fault; else not.

    :raises OrderChanged: not so many are left: another refund came in between.
    """
    order = around.order
    gone = _gone(order)
    stays = [line.quantity - gone.get(number, 0) - units.get(number, 0) for number, line in enumerate(order.lines)]
    if min(stays) < 0:
        raise OrderChanged()
    goods = refund_amount(order.lines, order.adjustments, gone, units, order.refunded_goods_amount)
    free = not any(stays) and (reason in SHOPS_FAULT or unsent.untouched(around))
    return Due(goods, freight_left(order) if free else 0)


def freight_left(order: Order) -> int:
    """What of the freight was not given back yet."""
    return order.freight_amount - order.refunded_freight_amount


def settle(
    tx: Transaction, case: Case, units: Units, terms: Terms, *, sellable: Units, held: bool = True, actor: str
) -> Settled:
    """Add to *tx* all that refunding *units* of the after-sale means, but its own step: see :func:`finish`.

    :param units: of those that it asks for. :param sellable: of those that had left, the ones that came back as new.
    :param held: whether it has claimed its pieces before; else it comes and is decided in one moment.
    :raises AmountAboveDue, FreightAboveLeft:
    :raises BookMoved, OrderChanged, ShipmentChanged, RefundMoved, AccountMoved: (at commit) read and decide again.
    """
    sale, order = case.sale, case.order
    by_rule = due(case, units, sale.reason)
    goods, paid_out = by_rule.goods_amount, _paid_out(sale, by_rule, terms)
    freight = _freight(order, by_rule, terms)
    stayed, ends = unsent.withdraw(tx, case, units, held=held)
    complete_by = clock.now() + timedelta(days=settings().auto_complete_days)
    back = order_refunds.Back(sale.id, units, goods, freight)
    order_refunds.give_back(tx, order, back, ends=ends, complete_by=complete_by)
    if held:
        claims.release(tx, case.book, sale.units)
    else:
        claims.pass_through(tx, case.book)
    refund_id = _file(tx, order, sale, paid_out + freight)
    return_stock(tx, sale, _sellable(order, units, stayed, sellable))
    pieces = sum(units.values())
    orders.note(tx, order, actor, f"售后 {sale.number}：{pieces} 件，退款 {yuan(paid_out + freight)} 元")
    accepted = [piece.model_copy(update={"accepted": units.get(piece.line, 0)}) for piece in sale.pieces]
    return Settled(accepted, goods, goods - paid_out, freight, refund_id)


def finish(tx: Transaction, sale: AfterSale, settled: Settled, *, actor: str, text: str = "") -> None:
    """The after-sale's own step with a settlement. :raises AfterSaleMovedOn:"""
    actions = [
        AfterSale.pieces.set(settled.pieces),
        AfterSale.goods_amount.set(settled.goods_amount),
        AfterSale.withheld_amount.set(settled.withheld_amount),
        AfterSale.freight_amount.set(settled.freight_amount),
        AfterSale.refund_amount.set(settled.total),
    ]
    if settled.refund_id:
        actions.append(AfterSale.refund_id.set(settled.refund_id))
    service.move(tx, sale, settled.status, *actions, actor=actor, text=text)


def return_stock(tx: Transaction, sale: AfterSale, units: Units, *, replaced: bool = False) -> None:
    """Announce that these pieces can be sold again; once for an after-sale.

    :param replaced: others take their place.
    """
    named = {"member_id": sale.member_id, "after_sale_id": sale.id, "order_id": sale.order_id}
    if back := {str(number): pieces for number, pieces in units.items() if pieces}:
        tx.emit(StockReturned(**named, units=back, replaced=replaced))


def _paid_out(sale: AfterSale, by_rule: Due, terms: Terms) -> int:
    goods = by_rule.goods_amount
    if terms.amount is not None and terms.amount > goods:
        raise AmountAboveDue(due_amount=goods)
    return min(each for each in (goods, terms.amount, sale.asked_amount) if each is not None)


def _freight(order: Order, by_rule: Due, terms: Terms) -> int:
    if terms.freight_amount is None:
        return by_rule.freight_amount
    if terms.freight_amount > freight_left(order):
        raise FreightAboveLeft(left_amount=freight_left(order))
    return terms.freight_amount


def _file(tx: Transaction, order: Order, sale: AfterSale, amount: int) -> str | None:
    if not amount or order.payment_id is None:
        return None
    payment, reason = confirming.load(order.payment_id), f"售后退款：{REASONS[sale.reason]}"
    return refunds.file(tx, payment, purpose=sale.id, reason=reason, amount=amount).id


def _gone(order: Order) -> dict[int, int]:
    return {int(number): pieces for number, pieces in order.refunded_units.items()}


def _sellable(order: Order, units: Units, stayed: Units, sellable: Units) -> dict[int, int]:
    """What never left, and what came back as new: never more than is refunded. A code that was read does not."""
    if order.fulfillment is Fulfillment.CODE:
        sellable = {}
    return {line: min(pieces, stayed.get(line, 0) + sellable.get(line, 0)) for line, pieces in units.items()}
