"""Paying an order, and making sure that nobody pays it any more. The face that checkout sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.errors import TooBusy
from chalicelib.core.ledgers import AccountMoved, AlreadyPosted
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderChanged, OrderNotPending
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments.confirming import service as confirming
from chalicelib.trade.payments.confirming.service import TRIES
from chalicelib.trade.payments.errors import PartsTooLarge, PaymentMoved, PaymentWindowOver
from chalicelib.trade.payments.events import CheckPayment
from chalicelib.trade.payments.models import (
    ADVANCE,
    Part,
    Payment,
    PaymentStatus,
    all_of,
    current,
    payment_id,
)
from chalicelib.trade.payments.schemas import AskPart, Pay, PayView
from chalicelib.trade.payments.tender import AlreadyPaid, Tender, Unusable, account, named

LEAST_TIME = timedelta(seconds=75)  # channels want a minute to live; the rest is for the way there
CHECKS = tuple(timedelta(minutes=each) for each in (2, 10, 30, 120, 720))
DESCRIPTION_LENGTH = 120


def pay(member_id: str, openid: str, order_id: str, asked: Pay) -> PayView:
    """Begin to pay the member's order, or go on with it: what the client needs to ask the buyer for the money.

    Any number of calls, one after the other or at once, are one payment until it is closed or the price changes.
    With parts that pay everything, the order is paid when this returns.

    :raises OrderNotPending: paid (perhaps found out just now) or closed. :raises PaymentWindowOver: too late.
    :raises PartsTooLarge, BalanceTooLow: the accounts named can not pay that.
    :raises PartnerError: the channel did not answer; the next call goes on with the same payment.
    """
    channel = named(asked.tender)
    for _ in range(TRIES):
        order = orders.load(member_id, order_id, consistent=True)
        _require_payable(order)
        payment = _fitting(order, channel, openid, asked.parts)
        if payment is None:
            continue
        parameters = _prepared(channel, payment) if payment.channel_amount else {}
        if parameters is not None:
            return PayView.of(payment, parameters)
    raise TooBusy()


def sync(member_id: str, order_id: str) -> Order:
    """The member's order after the channel was asked whether it is paid, as far as it needs asking."""
    order = orders.load(member_id, order_id, consistent=True)
    payment = current(order) if order.status is OrderStatus.PENDING_PAYMENT else None
    if payment is None or payment.status is not PaymentStatus.CREATED:
        return order
    confirming.ask(payment)
    return orders.load(member_id, order_id, consistent=True)


def settle_or_close(order: Order) -> bool:
    """Before an unpaid order is closed: is it paid? If not, nobody shall be able to pay it.

    Safe to repeat. Writes through transactions of its own.

    :returns: True: the order is paid. False: every payment of it is closed; cancel the order now.
    :raises PartnerError: the channel did not answer; nothing is lost, ask again later.
    """
    order = orders.load(order.member_id, order.id, consistent=True)
    if order.status is not OrderStatus.PENDING_PAYMENT:
        return order.paid_at is not None
    paid = [confirming.settle(payment) for payment in all_of(order) if payment.status is PaymentStatus.CREATED]
    return any(paid)


def _require_payable(order: Order) -> None:
    if order.status is not OrderStatus.PENDING_PAYMENT:
        raise OrderNotPending()
    if clock.now() + LEAST_TIME > order.pay_by:
        raise PaymentWindowOver()


def _fitting(order: Order, channel: Tender, openid: str, asked: Sequence[AskPart]) -> Payment | None:
    """The current payment if it fits, else a new one; None: read the order again."""
    payment = current(order)
    if payment is not None and payment.status is PaymentStatus.CREATED:
        wanted = (channel.name, order.payable_amount, openid, order.pay_by)
        as_wanted = (payment.tender, payment.amount, payment.openid, payment.expires_at) == wanted
        if as_wanted and _same_parts(payment, asked):
            return payment
        if confirming.settle(payment):
            return None
    return _begin(order, channel, openid, asked)


def _same_parts(payment: Payment, asked: Sequence[AskPart]) -> bool:
    held = {part.tender: part.amount for part in payment.account_parts}
    if set(held) - {each.tender for each in asked}:
        return False
    # "As much as goes" was answered when the payment began; an account that had nothing then is no part of it.
    return all(each.amount is None or held.get(each.tender) == each.amount for each in asked)


def _begin(order: Order, channel: Tender, openid: str, asked: Sequence[AskPart]) -> Payment | None:
    now, parts = clock.now(), _parts(order, asked)
    payment = Payment(
        id=payment_id(order, order.payment_count + 1),
        member_id=order.member_id,
        order_id=order.id,
        tender=channel.name,
        status=PaymentStatus.CREATED,
        amount=order.payable_amount,
        parts=parts,
        description=_description(order),
        openid=openid,
        created_at=now,
        expires_at=order.pay_by,
    )
    try:
        with Transaction() as tx:
            if payment.channel_amount:
                _open(tx, order, payment)
            else:
                payment.tender = parts[0].tender
                orders.pay(tx, order, payment_id=payment.id, amount=payment.amount, begins=True)
                confirming.succeed_at_once(tx, payment)
    except (OrderChanged, OrderNotPending, PaymentMoved, AccountMoved, AlreadyPosted):
        return None
    return payment


def _open(tx: Transaction, order: Order, payment: Payment) -> None:
    orders.begin_payment(tx, order)
    confirming.hold(tx, payment)
    tx.put(payment, only_if=Payment.id.does_not_exist(), otherwise=PaymentMoved())
    tx.emit(CheckPayment(payment_id=payment.id), at=payment.created_at + CHECKS[0])


def _parts(order: Order, asked: Sequence[AskPart]) -> list[Part]:
    """What was paid before; then what each account pays, in the order asked: that amount, or as much as is there."""
    parts = _paid_before(order)
    left = rest = order.payable_amount - sum(part.amount for part in parts)
    for each in asked:
        purse = account(each.tender)
        amount = min(left, purse.available(order.member_id)) if each.amount is None else each.amount
        if amount > left:
            raise PartsTooLarge(payable_amount=rest)
        if amount:
            parts.append(Part(tender=each.tender, amount=amount))
            left -= amount
    return parts


def _paid_before(order: Order) -> list[Part]:
    """The order's advance, as far as there is something to pay; what it has beyond that goes back when it is paid."""
    if order.advance is None:
        return []
    amount = min(order.advance.amount, order.payable_amount)
    return [Part(tender=ADVANCE, amount=amount, purchase_id=order.advance.purchase_id)] if amount else []


def _prepared(channel: Tender, payment: Payment) -> dict[str, str] | None:
    """The client's parameters; None: this payment is over, see what became of the order."""
    try:
        parameters = channel.prepare(payment)
    except AlreadyPaid:
        confirming.ask(payment)
        return None
    except Unusable:
        confirming.settle(payment)
        return None
    # While we were asking the order may have been closed or paid.
    if confirming.load(payment.id).status is PaymentStatus.CREATED:
        return parameters
    confirming.settle(payment)
    return None


def _description(order: Order) -> str:
    """What the buyer reads in the payment sheet."""
    pieces = sum(line.quantity for line in order.lines)
    more = f" 等{pieces}件" if pieces > 1 else ""
    return "".join(c for c in order.lines[0].name if c.isprintable())[: DESCRIPTION_LENGTH - len(more)] + more
