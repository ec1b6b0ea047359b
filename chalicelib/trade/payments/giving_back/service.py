"""A paid order is called off, or costs less than was paid. Order and money move in one transaction of the caller's."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order
from chalicelib.trade.orders.refunding import service as order_refunds
from chalicelib.trade.orders.refunding.service import Back
from chalicelib.trade.payments.confirming import service as confirming
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.pricing.returns.service import refund_amount
from chalicelib.trade.pricing.schemas import Adjustment


def call_off(tx: Transaction, order: Order, reason: str, *, begun: bool = False) -> None:
    """The paid order ends before anybody began to send it, and all that is left of its money goes back.

    What it had claimed comes back by reactions to ``OrderCanceled``.

    :param reason: what the buyer reads, at most 80 characters. :param begun: as of ``orders.call_off``.
    :raises OrderNotEditable: some pieces were refunded. :raises OrderChanged: (at commit) it is not paid any more.
    :raises RefundMoved, AccountMoved: (at commit) something was refunded meanwhile; read and try again.
    """
    orders.call_off(tx, order, reason, begun=begun)
    payment = confirming.load(order.payment_id) if order.payment_id else None
    if payment is not None and payment.refunded_amount < payment.amount:
        refunds.file(tx, payment, purpose="off", reason=reason)


def lower(tx: Transaction, order: Order, cut: Adjustment, *, hold: str, reason: str) -> None:
    """The paid order costs less from now on, as *cut* says; the difference goes back, and its *hold* is released.

    Once for each kind of cut. :param reason: what the buyer reads, at most 80 characters.

    :raises OrderChanged: (at commit) the order is not as read. :raises RefundMoved, AccountMoved: (at commit)
    """
    orders.release_hold(tx, order, hold, cut=cut)
    if order.payment_id:
        refunds.file(
            tx, confirming.load(order.payment_id), purpose=f"cut-{cut.kind}", reason=reason, amount=-cut.amount
        )


def return_units(tx: Transaction, order: Order, units: Mapping[int, int], *, purpose: str, reason: str) -> None:
    """Pieces that the buyer will never get: their money goes back, as the price says; for a *purpose* once.

    Only for orders without freight: what went back of one is all of goods then.

    :param units: position of the line → pieces. :param reason: what the buyer reads, at most 80 characters.
    :raises OrderChanged, RefundMoved, AccountMoved: (at commit) something was refunded meanwhile; read and try again.
    """
    if order.freight_amount:
        raise ValueError("the freight has its own rule")
    refunded = {int(line): pieces for line, pieces in order.refunded_units.items()}
    amount = refund_amount(order.lines, order.adjustments, refunded, units, order.refunded_goods_amount)
    back = Back(ref=f"{order.id}-{purpose}", units=units, goods_amount=amount, freight_amount=0)
    order_refunds.give_back(tx, order, back)
    if amount and order.payment_id:
        refunds.file(tx, confirming.load(order.payment_id), purpose=purpose, reason=reason, amount=amount)
