"""The order's own use cases, and the steps that other features of trade ask for with their ``tx``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, pages, states
from chalicelib.core.errors import DomainError
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders.errors import (
    OrderChanged,
    OrderNotEditable,
    OrderNotFound,
    OrderNotPending,
    UnfinishedOrder,
)
from chalicelib.trade.orders.events import (
    AdvanceSpent,
    OrderCanceled,
    OrderCompleted,
    OrderLowered,
    OrderPaid,
    OrderReady,
    OrderShipped,
    ShippingPromised,
)
from chalicelib.trade.orders.models import STEPS, Change, Order, OrderStatus, TimelineEntry, status_day
from chalicelib.trade.orders.schemas import OrderCard, OrderView
from chalicelib.trade.pricing.schemas import Adjustment

_UNSENT = {False: (OrderStatus.PAID,), True: (OrderStatus.PAID, OrderStatus.PROCESSING)}
UNFINISHED = (OrderStatus.PENDING_PAYMENT, OrderStatus.PAID, OrderStatus.PROCESSING, OrderStatus.SHIPPED)
EXPORTED = 200


def load(member_id: str, order_id: str, *, consistent: bool = False) -> Order:
    """The member's order. :raises OrderNotFound: it is not theirs, or does not exist."""
    order = Order.find(member_id, order_id, consistent=consistent)
    if order is None:
        raise OrderNotFound()
    return order


def mine(member_id: str, status: OrderStatus | None, limit: int, cursor: str | None) -> Page[OrderCard]:
    """The member's orders, newest first."""
    condition = None if status is None else Order.status == status
    orders, rest = pages.query(Order, member_id, limit=limit, cursor=cursor, filter_condition=condition)
    return Page[OrderCard](items=[OrderCard.of(order) for order in orders], cursor=rest)


def view(member_id: str, order_id: str) -> OrderView:
    """The member's order in full, with its timeline."""
    return OrderView.of(load(member_id, order_id, consistent=True))


def stands_against_closing(member_id: str) -> DomainError | None:
    """An account with an unfinished order stays open. Registered with identity."""
    open_ones = Order.query(member_id, filter_condition=Order.status.is_in(*UNFINISHED), limit=1, consistent_read=True)
    return UnfinishedOrder() if any(True for _ in open_ones) else None


def export(member_id: str) -> list[dict[str, object]]:
    """The member's newest orders, for the copy of their personal data. Registered with identity."""
    newest = Order.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return [OrderView.of(order).model_dump(mode="json") for order in newest]


def move(
    tx: Transaction,
    order: Order,
    to: OrderStatus,
    *actions: Action,
    also: Condition | None = None,
    otherwise: DomainError | None = None,
) -> None:
    """Add the order's step *to* to *tx*; the database refuses it from an illegal status."""
    states.move(
        tx,
        Order(member_id=order.member_id, id=order.id),
        Order.status,
        STEPS,
        to,
        Order.status_day.set(status_day(to, order.day)),
        *actions,
        also=also,
        otherwise=otherwise or OrderChanged(),
    )


def begin_payment(tx: Transaction, order: Order) -> None:
    """Count one more payment of the unpaid order, whose number is then ``order.payment_count + 1``.

    :raises OrderChanged: (at commit) since *order* was read it was paid, closed or repriced, or another payment began.
    """
    unpaid = (Order.status == OrderStatus.PENDING_PAYMENT) & (Order.payable_amount == order.payable_amount)
    tx.update(
        Order(member_id=order.member_id, id=order.id),
        [Order.payment_count.set(order.payment_count + 1)],
        only_if=unpaid & (Order.payment_count == order.payment_count),
        otherwise=OrderChanged(),
    )


def pay(tx: Transaction, order: Order, *, payment_id: str, amount: int, begins: bool = False) -> None:
    """The order is paid: with the very amount it costs now, or not at all.

    :param begins: the payment begins in this very transaction, see :func:`begin_payment`.
    :raises OrderNotPending: (at commit) it is closed, paid already, or changed since *order* was read.
    """
    # The holds too: whether the order is ready is decided here by what was read.
    as_read = (Order.payable_amount == amount) & (Order.holds == order.holds)
    begun = [Order.payment_count.set(order.payment_count + 1)] if begins else []
    if begins:
        as_read &= Order.payment_count == order.payment_count
    move(
        tx,
        order,
        OrderStatus.PAID,
        *begun,
        Order.paid_at.set(clock.now()),
        Order.paid_amount.set(amount),
        Order.payment_id.set(payment_id),
        also=as_read,
        otherwise=OrderNotPending(),
    )
    announce_paid(tx, order)


def announce_paid(tx: Transaction, order: Order) -> None:
    """What is to be said of an order that is paid in *tx*; what few orders have is an event of its own."""
    named = {"member_id": order.member_id, "order_id": order.id}
    tx.emit(OrderPaid(**named))
    if order.advance is not None:
        tx.emit(AdvanceSpent(**named))
    if order.ship_by is not None:
        tx.emit(ShippingPromised(**named))
    if not order.holds:
        tx.emit(OrderReady(**named))


def cancel(tx: Transaction, order: Order, reason: str) -> None:
    """The unpaid order ends. What it had claimed comes back by reactions to ``OrderCanceled``.

    :raises OrderNotPending: (at commit) it was paid, or is closed already.
    """
    move(
        tx,
        order,
        OrderStatus.CANCELED,
        Order.canceled_at.set(clock.now()),
        Order.cancel_reason.set(reason),
        also=Order.status == OrderStatus.PENDING_PAYMENT,
        otherwise=OrderNotPending(),
    )
    tx.emit(OrderCanceled(member_id=order.member_id, order_id=order.id, reason=reason))


def call_off(tx: Transaction, order: Order, reason: str, *, begun: bool = False) -> None:
    """The paid order ends before anybody began to send it. Its money is payments' to give back, in the same *tx*.

    :param begun: those who fulfill it call it off themselves: it may be in their hands, but nothing has left.
    :raises OrderNotEditable: money of some pieces went back before.
    :raises OrderChanged: (at commit) it is not paid, on its way, or canceled already.
    """
    if order.refunded_units:
        raise OrderNotEditable()
    move(
        tx,
        order,
        OrderStatus.CANCELED,
        Order.canceled_at.set(clock.now()),
        Order.cancel_reason.set(reason),
        also=Order.status.is_in(*_UNSENT[begun]) & unrefunded_since(order),
    )
    tx.emit(OrderCanceled(member_id=order.member_id, order_id=order.id, reason=reason))


def begin_processing(tx: Transaction, order: Order) -> None:
    """The paid order is in the hands of those who send it.

    :raises OrderChanged: (at commit) it is not paid, canceled, or further already.
    """
    move(tx, order, OrderStatus.PROCESSING, Order.processing_at.set(clock.now()), also=Order.holds == [])


def require(
    tx: Transaction, order: Order, *statuses: OrderStatus, as_read: bool = False, refunds_as_read: bool = False
) -> None:
    """Refuse *tx* unless the order is in one of *statuses*.

    :param as_read: and unless its version is the one of *order*: its receiver above all is still what staff saw.
    :param refunds_as_read: and if more pieces were refunded since *order* was read.
    :raises OrderChanged: (at commit)
    """
    still: Condition = Order.status.is_in(*statuses)
    if as_read:
        still &= Order.version == order.version
    if refunds_as_read:
        still &= unrefunded_since(order)
    tx.check(Order(member_id=order.member_id, id=order.id), only_if=still, otherwise=OrderChanged())


def require_refunds_as_read(tx: Transaction, order: Order) -> None:
    """Refuse *tx* if more pieces were refunded since *order* was read.

    :raises OrderChanged: (at commit)
    """
    tx.check(Order(member_id=order.member_id, id=order.id), only_if=unrefunded_since(order), otherwise=OrderChanged())


def unrefunded_since(order: Order) -> Condition:
    """Holds as long as no other pieces were refunded since *order* was read."""
    as_read: Condition = (Order.refunded_units == order.refunded_units) | Order.refunded_units.does_not_exist()
    return as_read


def ship(
    tx: Transaction, order: Order, *, complete_by: datetime, as_read: bool = False, refunds_as_read: bool = False
) -> None:
    """The last piece has left; unless something speaks against it, the order completes at *complete_by*.

    :param as_read, refunds_as_read: as of :func:`require`.
    :raises OrderChanged: (at commit) it is not being processed.
    """
    also: Condition | None = Order.version == order.version if as_read else None
    if refunds_as_read:
        also = unrefunded_since(order) if also is None else also & unrefunded_since(order)
    move(
        tx,
        order,
        OrderStatus.SHIPPED,
        Order.shipped_at.set(clock.now()),
        Order.complete_by.set(complete_by),
        also=also,
    )
    tx.emit(OrderShipped(member_id=order.member_id, order_id=order.id))


def postpone(tx: Transaction, order: Order, complete_by: datetime) -> None:
    """The shipped order completes by itself at another time.

    :raises OrderChanged: (at commit) it is not shipped any more, or was postponed since *order* was read.
    """
    tx.update(
        Order(member_id=order.member_id, id=order.id),
        [Order.complete_by.set(complete_by)],
        only_if=(Order.status == OrderStatus.SHIPPED) & (Order.complete_by == order.complete_by),
        otherwise=OrderChanged(),
    )


def complete(tx: Transaction, order: Order, *, by: str) -> None:
    """The buyer has the goods.

    :param by: whose word it is: ``buyer``, ``wechat``, ``staff``; ``handover`` when it was given to the buyer in
        person; ``time`` when nobody said anything for long.
    :raises OrderChanged: (at commit) it is not shipped, or completed already.
    """
    move(tx, order, OrderStatus.COMPLETED, Order.completed_at.set(clock.now()))
    tx.emit(OrderCompleted(member_id=order.member_id, order_id=order.id, by=by))


def release_hold(tx: Transaction, order: Order, hold: str, *, cut: Adjustment | None = None) -> None:
    """One reason to wait is gone; the last one gone makes a paid order ready.

    *order* must be freshly read: the write is refused if its holds changed since.

    :param cut: with it the order costs less than was paid, from now on; payments give the difference back in the same
        *tx*. A discount on goods with a share for each line, no larger than what the line still costs.
    :raises OrderChanged: (at commit)
    """
    left = [each for each in order.holds if each != hold]
    as_read = (Order.holds == order.holds) & (Order.status == order.status)
    tx.update(
        Order(member_id=order.member_id, id=order.id),
        [Order.holds.set(left), *(_lowered(order, cut) if cut is not None else ())],
        only_if=as_read & (Order.version == order.version) if cut is not None else as_read,
        otherwise=OrderChanged(),
    )
    named = {"member_id": order.member_id, "order_id": order.id}
    if cut is not None:
        tx.emit(OrderLowered(**named, source_id=cut.source_id, amount=-cut.amount))
    if not left and order.status is OrderStatus.PAID:
        tx.emit(OrderReady(**named))


def _lowered(order: Order, cut: Adjustment) -> list[Action]:
    payable = [line.payable_amount + share for line, share in zip(order.lines, cut.shares, strict=True)]
    if min(payable) < 0 or sum(cut.shares) != cut.amount or cut.amount >= 0:
        raise ValueError("a cut takes no more off a line than it costs")
    lines = [
        line.model_copy(update={"payable_amount": amount}) for line, amount in zip(order.lines, payable, strict=True)
    ]
    return [
        Order.lines.set(lines),
        Order.adjustments.set([*order.adjustments, cut]),
        Order.discount_amount.set(order.discount_amount - cut.amount),
        Order.payable_amount.set(order.payable_amount + cut.amount),
        Order.version.set(order.version + 1),
    ]


def note(tx: Transaction, order: Order, actor: str, text: str, changes: list[Change] | None = None) -> None:
    """Add an entry to the order's timeline."""
    entry = TimelineEntry(order_id=order.id, id=ids.new("ent"), at=clock.now(), actor=actor, text=text)
    entry.changes = changes
    tx.put(entry)


def entries(order_id: str) -> Sequence[TimelineEntry]:
    """The timeline entries of an order, oldest first."""
    return list(TimelineEntry.query(order_id))
