"""What a refund of pieces changes on the order itself. The money is payments' to move, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service
from chalicelib.trade.orders.errors import OrderChanged
from chalicelib.trade.orders.events import OrderEmptied, OrderShipped, UnitsRefunded
from chalicelib.trade.orders.models import Order, OrderStatus

REFUNDABLE = (OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.COMPLETED)
EMPTIED = "全部商品已退款"


@dataclass(frozen=True)
class Back:
    """What goes back in one step. ``ref``: by what, once. Amounts are what was due, also where less is paid out."""

    ref: str
    units: Mapping[int, int]
    goods_amount: int
    freight_amount: int


def give_back(
    tx: Transaction, order: Order, back: Back, *, ends: OrderStatus | None = None, complete_by: datetime | None = None
) -> None:
    """The pieces of *back* are refunded; what hung on them follows by reactions to ``UnitsRefunded``.

    :param ends: with it no piece is left to send: ``SHIPPED``, because the others have left, and it completes at
        *complete_by*; ``CANCELED``, because none ever will.
    :raises OrderChanged: (at commit) other pieces were refunded since *order* was read, or it is in another status.
    """
    gone = dict(order.refunded_units)
    for number, pieces in back.units.items():
        gone[str(number)] = gone.get(str(number), 0) + pieces
    actions: list[Action] = [
        Order.refunded_units.set(gone),
        Order.refunded_goods_amount.set(order.refunded_goods_amount + back.goods_amount),
        Order.refunded_freight_amount.set(order.refunded_freight_amount + back.freight_amount),
    ]
    if ends is None:
        if order.status not in REFUNDABLE:
            raise OrderChanged()
        legal = (Order.status == order.status) & _as_read(order)
        item = Order(member_id=order.member_id, id=order.id)
        tx.update(item, actions, only_if=legal, otherwise=OrderChanged())
    else:
        _end(tx, order, ends, complete_by, actions)
    units = {str(number): pieces for number, pieces in back.units.items() if pieces}
    if units:
        named = {"member_id": order.member_id, "order_id": order.id}
        tx.emit(UnitsRefunded(**named, refund_id=back.ref, units=units, refunded=gone))


def _end(tx: Transaction, order: Order, ends: OrderStatus, complete_by: datetime | None, actions: list[Action]) -> None:
    now, named = clock.now(), {"member_id": order.member_id, "order_id": order.id}
    if ends is OrderStatus.SHIPPED and complete_by is not None:
        actions += [Order.shipped_at.set(now), Order.complete_by.set(complete_by)]
        tx.emit(OrderShipped(**named))
    else:
        actions += [Order.canceled_at.set(now), Order.cancel_reason.set(EMPTIED)]
        tx.emit(OrderEmptied(**named))
    service.move(tx, order, ends, *actions, also=(Order.status == OrderStatus.PROCESSING) & _as_read(order))


def _as_read(order: Order) -> Condition:
    """No other pieces and no other freight went back since *order* was read."""
    freight: Condition = Order.refunded_freight_amount == order.refunded_freight_amount
    if not order.refunded_freight_amount:
        freight |= Order.refunded_freight_amount.does_not_exist()  # an order of a release that knew no such number
    unmoved: Condition = service.unrefunded_since(order) & freight
    return unmoved
