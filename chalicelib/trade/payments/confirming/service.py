"""Believing a channel: confirm, ask, settle. Every path to "paid" and to "closed" ends here."""

from __future__ import annotations

import logging

from chalicelib.core import clock, states
from chalicelib.core.errors import TooBusy
from chalicelib.core.http import PartnerBroken
from chalicelib.core.ledgers import AccountMoved, insistently
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderNotPending
from chalicelib.trade.orders.models import OrderStatus
from chalicelib.trade.payments.errors import PaymentMoved, PaymentNotFound
from chalicelib.trade.payments.events import PaymentSucceeded
from chalicelib.trade.payments.models import STEPS, Payment, PaymentStatus, channel_day
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.payments.tender import AlreadyPaid, Channel, ChannelState, account, named

log = logging.getLogger(__name__)
TRIES = 4


def load(payment_id: str) -> Payment:
    """The payment, consistent. :raises PaymentNotFound:"""
    payment = Payment.find(payment_id, consistent=True)
    if payment is None:
        raise PaymentNotFound()
    return payment


def confirm(payment: Payment, paid: ChannelState) -> bool:
    """The channel has the money, and *paid* was compared with *payment*: pay the order, or send the money back. Once.

    :returns: whether it paid the order; False: it was late, its refund is on its way.
    :raises TooBusy: nothing was written, say it again.
    """
    for _ in range(TRIES):
        if payment.status is PaymentStatus.SUCCEEDED:
            return not payment.late
        order = orders.load(payment.member_id, payment.order_id, consistent=True)
        late = order.status is not OrderStatus.PENDING_PAYMENT or order.payable_amount != payment.amount
        try:
            with Transaction() as tx:
                _succeed(tx, payment, paid, late=late)
                if late:
                    _release(tx, payment)
                    refunds.file_late(tx, payment, reason="订单已关闭或已变更，款项原路退回")
                else:
                    orders.pay(tx, order, payment_id=payment.id, amount=payment.amount)
            log.info("payment succeeded", extra={"payment_id": payment.id, "amount": payment.amount, "late": late})
            return not late
        except (PaymentMoved, OrderNotPending, AccountMoved, TooBusy):
            payment = load(payment.id)
    raise TooBusy()


def succeed_at_once(tx: Transaction, payment: Payment) -> None:
    """Accounts pay everything: the new *payment* is stored as succeeded, with what it holds, in the caller's *tx*.

    :raises PaymentMoved: (at commit) it exists.
    """
    payment.status, payment.succeeded_at = PaymentStatus.SUCCEEDED, clock.now()
    hold(tx, payment)
    tx.put(payment, only_if=Payment.id.does_not_exist(), otherwise=PaymentMoved())
    tx.emit(_succeeded(payment, late=False))


def hold(tx: Transaction, payment: Payment) -> None:
    """Take the parts of a new payment from their accounts. :raises DomainError: an account has less, or is closed."""
    for part in payment.account_parts:
        account(part.tender).hold(tx, payment.member_id, part.amount, cause=payment.id)


def ask(payment: Payment) -> bool:
    """Ask the channel about a payment and heed the answer. :returns: whether the order is paid by it."""
    return heed(payment, named(payment.tender).query(payment))


def heed(payment: Payment, told: ChannelState) -> bool:
    """Make true what the channel says. :returns: whether the order is paid by this payment."""
    if told.state is Channel.PAID:
        return confirm(payment, told)
    if told.state is Channel.REFUNDED:
        # Not by us: we refund only what we have confirmed. Goods must not go out for money that is gone.
        log.error("refunded at the channel before it was confirmed", extra={"alarm": True, "payment_id": payment.id})
    if told.state in (Channel.REFUNDED, Channel.CLOSED):
        return _mark_closed(payment)
    return False


def settle(payment: Payment) -> bool:
    """End an unfinished payment: confirmed if the money is there, else closed at the channel and here.

    :returns: whether the order is paid by it. :raises PartnerError: the channel does not tell; nothing has changed.
    """
    channel = named(payment.tender)
    for _ in range(TRIES):
        told = channel.query(payment)
        if told.state not in (Channel.NONE, Channel.NOT_PAID):
            return heed(payment, told)
        try:
            if told.state is Channel.NOT_PAID:
                channel.close(payment)
            return _mark_closed(payment)
        except AlreadyPaid:
            continue  # paid between the two calls: the channel knows the details by now
    raise PartnerBroken(payment.tender, reason="neither paid nor closed")


def _succeed(tx: Transaction, payment: Payment, paid: ChannelState, *, late: bool) -> None:
    at = paid.paid_at or clock.now()
    actions = [Payment.succeeded_at.set(at), Payment.channel_day.set(channel_day(at)), Payment.late.set(late)]
    if late:
        actions.append(Payment.refunded_amount.set(payment.amount))
    if paid.transaction_id:
        actions.append(Payment.transaction_id.set(paid.transaction_id))
    to, item = PaymentStatus.SUCCEEDED, Payment(id=payment.id)
    # As it was read: a closed payment has released its parts, an open one has not.
    as_read = Payment.status == payment.status
    states.move(tx, item, Payment.status, STEPS, to, *actions, also=as_read, otherwise=PaymentMoved())
    tx.emit(_succeeded(payment, late=late))


def _succeeded(payment: Payment, *, late: bool) -> PaymentSucceeded:
    return PaymentSucceeded(
        member_id=payment.member_id,
        order_id=payment.order_id,
        payment_id=payment.id,
        tender=payment.tender,
        amount=payment.amount,
        late=late,
    )


def _release(tx: Transaction, payment: Payment) -> None:
    """What an open payment holds goes back; a closed one holds nothing any more."""
    if payment.status is PaymentStatus.CREATED:
        for part in payment.account_parts:
            account(part.tender).release(tx, payment.member_id, part.amount, cause=payment.id)


def _mark_closed(payment: Payment) -> bool:
    try:
        insistently(lambda: _close(payment))
        return False
    except PaymentMoved:
        now = load(payment.id)
        return now.status is PaymentStatus.SUCCEEDED and not now.late


def _close(payment: Payment) -> None:
    with Transaction() as tx:
        closed = Payment.closed_at.set(clock.now())
        item, to = Payment(id=payment.id), PaymentStatus.CLOSED
        states.move(tx, item, Payment.status, STEPS, to, closed, otherwise=PaymentMoved())
        _release(tx, payment)
