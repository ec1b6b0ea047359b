"""Filing a refund, pursuing it at the channel, hearing how it went. Algorithm: docs/algorithms/payment.md."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import clock, money, pages, states
from chalicelib.core.errors import TooBusy
from chalicelib.core.http import PartnerError
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.trade.payments import tender
from chalicelib.trade.payments.models import Part, Payment, PaymentStatus, channel_day
from chalicelib.trade.payments.refunds.errors import (
    RefundEnded,
    RefundMoved,
    RefundNotClosed,
    RefundNotFound,
    RefundTooLarge,
)
from chalicelib.trade.payments.refunds.events import RefundFailed, RefundRequested, RefundSucceeded
from chalicelib.trade.payments.refunds.models import FINAL, STEPS, Refund, RefundStatus, status_day
from chalicelib.trade.payments.refunds.schemas import FindRefunds, RefundView

if TYPE_CHECKING:
    from chalicelib.trade.payments.tender import Refundable, RefundAnswer

log = logging.getLogger(__name__)
FIRST_CHECK, LONGEST_WAIT = timedelta(minutes=10), timedelta(days=1)
TRIES = 4
_SAME = ("payment_id", "payment_amount", "member_id", "order_id", "tender", "reason")


def load(refund_id: str) -> Refund:
    """The refund, consistent. :raises RefundNotFound:"""
    refund = Refund.find(refund_id, consistent=True)
    if refund is None:
        raise RefundNotFound()
    return refund


def of_order(order_id: str) -> list[Refund]:
    """The refunds of an order, by number."""
    return list(Refund.by_order.query(order_id))


def find(question: FindRefunds) -> Page[RefundView]:
    """One page of refunds of a status."""
    key = status_day(question.status, str(question.day))
    found, cursor = pages.query(Refund.by_status, key, limit=question.limit, cursor=question.cursor)
    return Page[RefundView](items=[RefundView.of(refund) for refund in found], cursor=cursor)


def file(tx: Transaction, payment: Payment, *, purpose: str, reason: str, amount: int | None = None) -> Refund:
    """So much of the succeeded *payment* shall go back, for that *purpose* once and never again.

    What accounts paid goes back with *tx*, the channel's share afterwards; see :func:`split_refund`.

    :param purpose: short, ``0-9A-Za-z_-``: with the payment's id it makes the refund's number.
    :param reason: what the buyer reads, at most 80 characters. :param amount: fen; by default all that is left.
    :raises RefundTooLarge: more than is left. :raises RefundMoved: (at commit) it was filed before, or another was.
    :raises AccountMoved: (at commit) an account moved since it was read.
    """
    amount = payment.amount - payment.refunded_amount if amount is None else amount
    channel_amount, parts = split_refund(payment, amount)
    refund = _put(tx, payment, purpose, reason, channel_amount, parts)
    tx.update(
        Payment(id=payment.id),
        [Payment.refunded_amount.set(payment.refunded_amount + amount)],
        only_if=_unrefunded_since(payment) & (Payment.status == PaymentStatus.SUCCEEDED),
        otherwise=RefundMoved(),
    )
    for part in parts:
        account = tender.account(part.tender)
        account.refund(tx, payment.member_id, payment.id, part.amount, cause=refund.id)
    return refund


def file_late(tx: Transaction, payment: Payment, *, reason: str) -> None:
    """All that the channel took shall go back: the order can not have it. What accounts held is released, not refunded.

    :raises RefundMoved: (at commit) it was filed before.
    """
    _put(tx, payment, "late", reason, payment.channel_amount, [])


def file_other(tx: Transaction, paid: Refundable, *, purpose: str, reason: str, amount: int) -> Refund:
    """*amount* of what a channel took for something that is no order shall go back, for that *purpose* once.

    The owner of *paid* counts what went back of it, in the same transaction, and never lets it be more than it was.

    :raises RefundMoved: (at commit) it was filed before.
    """
    return _put(tx, paid, purpose, reason, amount, [])


def split_refund(payment: Payment, amount: int) -> tuple[int, list[Part]]:
    """What of a refund of *amount* goes by the channel, and to which account: in the ratio in which they paid.

    Any sequence of refunds gives each back, to the fen, what it paid, and no refund asks one for more than that.

    :raises RefundTooLarge: more than is left of the payment, or nothing.
    """
    if not 0 < amount <= payment.amount - payment.refunded_amount:
        raise RefundTooLarge()
    weights = [*(part.amount for part in payment.parts), payment.channel_amount]
    before = money.split(payment.refunded_amount, weights)
    after = money.split(payment.refunded_amount + amount, weights)
    *shares, channel_amount = (now - then for now, then in zip(after, before, strict=True))
    parts = [Part(tender=part.tender, amount=share) for part, share in zip(payment.parts, shares, strict=True) if share]
    return channel_amount, parts


def _put(
    tx: Transaction, payment: Refundable, purpose: str, reason: str, channel_amount: int, parts: list[Part]
) -> Refund:
    now = clock.now()
    day = clock.business_day(now).isoformat()
    status = RefundStatus.REQUESTED if channel_amount else RefundStatus.SUCCEEDED
    refund = Refund(
        id=f"R{payment.id}-{purpose}",
        payment_id=payment.id,
        payment_amount=payment.channel_amount,
        member_id=payment.member_id,
        order_id=payment.order_id,
        tender=payment.tender,
        status=status,
        status_day=status_day(status, day),
        amount=channel_amount + sum(part.amount for part in parts),
        parts=parts,
        reason=reason,
        requested_at=now,
        day=day,
        check_at=now + FIRST_CHECK,
        settled_at=None if channel_amount else now,
    )
    tx.put(refund, only_if=Refund.id.does_not_exist(), otherwise=RefundMoved())
    tx.emit(RefundRequested.of(refund) if channel_amount else RefundSucceeded.of(refund))
    return refund


def _unrefunded_since(payment: Payment) -> Condition:
    """No other refund was filed since *payment* was read."""
    unmoved: Condition = Payment.refunded_amount == payment.refunded_amount
    # A payment of a release that knew no parts has no such number.
    return unmoved if payment.refunded_amount else unmoved | Payment.refunded_amount.does_not_exist()


def pursue(tx: Transaction, refund: Refund) -> None:
    """Ask the channel for the money, or what became of it, and add the answer to *tx*.

    A channel that refuses or does not answer is noted on the refund: it is asked again later, with the same number.

    :raises RefundMoved: (at commit) something was heard of it meanwhile.
    """
    if refund.status in FINAL:
        return
    channel = tender.named(refund.tender)
    ask = channel.refund if refund.status is RefundStatus.REQUESTED else channel.query_refund
    try:
        answer = ask(refund)
    except PartnerError as error:
        problem = error.partner_code or type(error).__name__
        # A person may have to act (fill up the balance): the line rings, staff see the refund with its problem.
        log.error("refund does not move", extra={"alarm": True, "refund_id": refund.id, "problem": problem})
        _touch(tx, refund, Refund.problem.set(problem))
        return
    if not apply(tx, refund, answer):
        _touch(tx, refund, Refund.problem.remove())


def apply(tx: Transaction, refund: Refund, answer: RefundAnswer) -> bool:
    """Add to *tx* the step that *answer* means. :returns: False: it is no news."""
    if not STEPS.allows(refund.status, answer.status):
        return False
    now = clock.now()
    actions: list[Action] = [
        Refund.status_day.set(status_day(answer.status, clock.business_day(now).isoformat())),
        Refund.channel_refund_id.set(answer.channel_refund_id),
        Refund.check_at.set(_next_check(refund, now)),
        Refund.problem.remove(),
    ]
    if refund.channel_day is None:
        actions.append(Refund.channel_day.set(channel_day(answer.accepted_at or now)))
    if answer.status in FINAL:
        actions.append(Refund.settled_at.set(answer.succeeded_at or now))
    item = Refund(id=refund.id)
    states.move(tx, item, Refund.status, STEPS, answer.status, *actions, otherwise=RefundMoved())
    if answer.status is RefundStatus.SUCCEEDED:
        tx.emit(RefundSucceeded.of(refund))
    elif answer.status is not RefundStatus.PROCESSING:
        log.error("refund failed", extra={"alarm": True, "refund_id": refund.id, "status": answer.status})
        tx.emit(RefundFailed.of(refund, status=answer.status))
    return True


def hear(refund: Refund, answer: RefundAnswer) -> None:
    """A notice told, compared with *refund*. :raises TooBusy: nothing was written, say it again."""
    for _ in range(TRIES):
        try:
            with Transaction() as tx:
                apply(tx, refund, answer)
            return
        except (RefundMoved, TooBusy):
            refund = load(refund.id)
    raise TooBusy()


def retry(refund_id: str) -> RefundView:
    """Staff: ask the channel again, now. :raises RefundEnded: there is nothing left to ask."""
    refund = load(refund_id)
    if refund.status in FINAL:
        raise RefundEnded()
    with Transaction() as tx:
        pursue(tx, refund)
    return RefundView.of(load(refund_id))


def file_again(refund_id: str) -> RefundView:
    """Staff: the channel closed the refund without money, so its share is still the buyer's; ask under a new number.

    Once for each closed one: the new number follows from the old. What went to accounts is there and stays.

    :raises RefundNotClosed: it may yet succeed, or did. :raises RefundMoved: it was filed again before.
    """
    closed, now = load(refund_id), clock.now()
    if closed.status is not RefundStatus.CLOSED:
        raise RefundNotClosed()
    refund = Refund(
        **{name: getattr(closed, name) for name in _SAME},
        id=_next_number(closed.id),
        status=RefundStatus.REQUESTED,
        status_day=status_day(RefundStatus.REQUESTED, ""),
        amount=closed.channel_amount,
        requested_at=now,
        day=clock.business_day(now).isoformat(),
        check_at=now + FIRST_CHECK,
    )
    with Transaction() as tx:
        tx.put(refund, only_if=Refund.id.does_not_exist(), otherwise=RefundMoved())
        tx.emit(RefundRequested.of(refund))
    return RefundView.of(refund)


def _next_number(refund_id: str) -> str:
    """``R…-purpose`` → ``R…-purpose-2`` → ``R…-purpose-3``."""
    first, _, last = refund_id.rpartition("-")
    return f"{first}-{int(last) + 1}" if last.isdigit() else f"{refund_id}-2"


def _touch(tx: Transaction, refund: Refund, *actions: Action) -> None:
    tx.update(
        Refund(id=refund.id),
        [Refund.check_at.set(_next_check(refund, clock.now())), *actions],
        only_if=Refund.status == refund.status,
        otherwise=RefundMoved(),
    )


def _next_check(refund: Refund, now: datetime) -> datetime:
    """Its age from now: ever more slowly, at last once a day."""
    return now + min(max(now - refund.requested_at, FIRST_CHECK), LONGEST_WAIT)
