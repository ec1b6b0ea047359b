"""A paid order is called off, or costs less than was paid. Order and money move in one transaction of the caller's."""

from __future__ import annotations

from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.confirming import service as confirming
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.pricing.schemas import Adjustment


def call_off(tx: Transaction, order: Order, reason: str) -> None:
    """The paid order ends before anybody began to send it, and all that is left of its money goes back.

    What it had claimed comes back by reactions to ``OrderCanceled``.

    :param reason: what the buyer reads, at most 80 characters.
    :raises OrderNotEditable: some pieces were refunded. :raises OrderChanged: (at commit) it is not paid any more.
    :raises RefundMoved, AccountMoved: (at commit) something was refunded meanwhile; read and try again.
    """
    orders.call_off(tx, order, reason)
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
