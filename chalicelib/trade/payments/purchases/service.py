"""Begin to pay for something that is no order, believe the channel, carry it out once.

Algorithm: docs/algorithms/payment.md, "What is no order". The kinds are on ``purchase_kinds`` in ``extensions.py``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, states
from chalicelib.core.errors import TooBusy
from chalicelib.core.http import PartnerBroken
from chalicelib.core.ledgers import AccountMoved, AlreadyPosted, insistently
from chalicelib.core.once import Once
from chalicelib.core.plugs import PlugMap
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat_pay.schemas import Trade
from chalicelib.mall.identity.members import service as members
from chalicelib.trade.payments.errors import PaymentNotFound
from chalicelib.trade.payments.models import channel_day
from chalicelib.trade.payments.purchases.errors import PurchaseMoved, PurchaseNotFound
from chalicelib.trade.payments.purchases.events import CheckPurchase
from chalicelib.trade.payments.purchases.models import STEPS, DirectPurchase, PurchaseStatus
from chalicelib.trade.payments.purchases.schemas import PurchaseView
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.payments.tender import AlreadyPaid, Channel, ChannelState, Unusable, named
from chalicelib.trade.payments.wechat.tender import NAME as WECHAT_PAY
from chalicelib.trade.payments.wechat.tender import compared

log = logging.getLogger(__name__)
LIFE = timedelta(minutes=30)
LEAST_TIME = timedelta(seconds=75)  # the channel wants a minute to live; the rest is for the way there
CHECKS = tuple(timedelta(minutes=each) for each in (2, 10, 31))
LATER = timedelta(hours=1)
TRIES = 4


class PurchaseKind(Protocol):
    """What is bought. Each method adds to *tx* and never commits.

    :raises AccountMoved: (at commit) somebody else wrote meanwhile; it is called again, to read again.
    """

    title: str
    """For people: what sort of thing is bought."""

    def begun(self, tx: Transaction, purchase: DirectPurchase) -> None:
        """Hold what its limits count. :raises DomainError: it is not to be had; at once, for the buyer to read."""

    def paid(self, tx: Transaction, purchase: DirectPurchase) -> None:
        """Give what was promised, and announce it. Never refused. *purchase* as it was: closed ones hold nothing."""

    def lapsed(self, tx: Transaction, purchase: DirectPurchase) -> None:
        """Nobody can pay it any more: give back what :meth:`begun` held."""


purchase_kinds: PlugMap[PurchaseKind] = PlugMap("purchase_kinds")
"""What stands before the ``_`` of its numbers → the kind. Filled by ``chalicelib/extensions.py``."""


def new(
    kind: str, member_id: str, openid: str, *, amount: int, description: str, terms: Mapping[str, Any]
) -> DirectPurchase:
    """A purchase that can be paid for half an hour from now."""
    now = clock.now()
    return DirectPurchase(
        id=ids.new(kind),
        member_id=member_id,
        status=PurchaseStatus.CREATED,
        tender=WECHAT_PAY,
        amount=amount,
        description=description,
        openid=openid,
        terms=dict(terms),
        created_at=now,
        expires_at=now + LIFE,
    )


def start(member_id: str, once: Once, make: Callable[[], DirectPurchase]) -> PurchaseView:
    """Begin to pay for what *make* gives, or go on with it: once for each key of *once*.

    :raises DomainError: its kind refuses. :raises PartnerError: the channel did not answer; the same key goes on.
    """
    return _prepared(load(insistently(lambda: once.carry_out(lambda: _begin(member_id, once, make)))))


def load(purchase_id: str) -> DirectPurchase:
    """The purchase, consistent. :raises PurchaseNotFound:"""
    purchase = DirectPurchase.find(purchase_id, consistent=True)
    if purchase is None:
        raise PurchaseNotFound()
    return purchase


def own(member_id: str, kind: str, purchase_id: str) -> DirectPurchase:
    """The member's. :raises PurchaseNotFound: there is none, or it is another member's, or of another kind."""
    purchase = load(purchase_id)
    if (purchase.member_id, purchase.kind) != (member_id, kind):
        raise PurchaseNotFound()
    return purchase


def sync(purchase: DirectPurchase) -> DirectPurchase:
    """It after the channel was asked about it. :raises PartnerError: the channel did not answer."""
    if purchase.status is PurchaseStatus.CREATED:
        ask(purchase)
    return load(purchase.id)


def hear(trade: Trade) -> None:
    """A signed notice names one of these numbers.

    :raises PaymentNotFound: there is no such purchase. :raises NoticeMismatch: it is about something else.
    """
    purchase = DirectPurchase.find(trade.out_trade_no, consistent=True)
    if purchase is None:
        raise PaymentNotFound()
    told = compared(trade, purchase)
    # Only "paid" is news in a notice; anything else is asked for, not heard.
    if told.state is Channel.PAID:
        confirm(purchase, told)


def ask(purchase: DirectPurchase) -> None:
    """Ask the channel about a purchase and make true what it says; one whose time is over ends.

    :raises PartnerError: the channel does not tell; nothing has changed.
    """
    channel = named(purchase.tender)
    for _ in range(TRIES):
        told = channel.query(purchase)
        if told.state is Channel.PAID:
            return confirm(purchase, told)
        if told.state is Channel.REFUNDED:
            # Not by us. Nothing must be given for money that is gone.
            extra = {"alarm": True, "purchase_id": purchase.id}
            log.error("refunded at the channel before it was confirmed", extra=extra)
        if told.state in (Channel.REFUNDED, Channel.CLOSED):
            return close(purchase)
        if clock.now() < purchase.expires_at:
            return None
        try:
            if told.state is Channel.NOT_PAID:
                channel.close(purchase)
            return close(purchase)
        except AlreadyPaid:
            continue  # paid between the two calls: the channel knows the details by now
    raise PartnerBroken(purchase.tender, reason="neither paid nor closed")


def confirm(purchase: DirectPurchase, paid: ChannelState) -> None:
    """The channel has the money, and *paid* was compared with *purchase*: carry it out. Once, however late.

    :raises TooBusy: nothing was written, say it again.
    """
    for _ in range(TRIES):
        if purchase.status is PurchaseStatus.SUCCEEDED:
            return
        try:
            with Transaction() as tx:
                _succeed(tx, purchase, paid)
            log.info("purchase paid", extra={"purchase_id": purchase.id, "amount": purchase.amount})
            return
        except (PurchaseMoved, AccountMoved, AlreadyPosted, TooBusy):
            purchase = load(purchase.id)
    raise TooBusy()


def close(purchase: DirectPurchase) -> None:
    """Nobody can pay it at the channel any more: it lapses, unless it was paid or closed by somebody else."""
    try:
        insistently(lambda: _closed(purchase))
    except PurchaseMoved:
        return


def refund(tx: Transaction, purchase: DirectPurchase, amount: int, *, reason: str) -> str:
    """*amount* of the paid *purchase*, as it was read, goes back by the channel. :returns: the refund's number.

    :raises AccountMoved: (at commit) another refund was filed since it was read.
    """
    before, now = purchase.refunded_amount, purchase.refunded_amount + amount
    if amount <= 0 or now > purchase.amount or purchase.status is not PurchaseStatus.SUCCEEDED:
        raise ValueError(f"{amount} of {purchase.id} can not go back")
    tx.update(
        DirectPurchase(id=purchase.id),
        [DirectPurchase.refunded_amount.set(now)],
        only_if=DirectPurchase.refunded_amount == before,
        otherwise=AccountMoved(),
    )
    return refunds.file_other(tx, purchase, purpose=str(now), reason=reason, amount=amount).id


def require_whole(tx: Transaction, purchase: DirectPurchase) -> None:
    """*tx* is made only while nothing of *purchase* went back. :raises PurchaseMoved: (at commit) some did."""
    tx.check(DirectPurchase(id=purchase.id), only_if=DirectPurchase.refunded_amount == 0, otherwise=PurchaseMoved())


def share(whole: int, amount: int, before: int, now: int) -> int:
    """Of *whole*, which came with a purchase of *amount*: the part that goes as its money does, from *before* to *now*.

    Rounded down. Any sequence sums to the share of all that went back.
    """
    return whole * now // amount - whole * before // amount


def _begin(member_id: str, once: Once, make: Callable[[], DirectPurchase]) -> str:
    purchase = make()
    with once.writing(purchase.id) as tx:
        members.require_active(tx, member_id)
        purchase_kinds[purchase.kind].begun(tx, purchase)
        tx.put(purchase, only_if=DirectPurchase.id.does_not_exist(), otherwise=PurchaseMoved())
        tx.emit(CheckPurchase(purchase_id=purchase.id), at=purchase.created_at + CHECKS[0])
    return str(purchase.id)


def _prepared(purchase: DirectPurchase) -> PurchaseView:
    """With the client's parameters, while it can be paid."""
    if purchase.status is PurchaseStatus.CREATED and clock.now() + LEAST_TIME <= purchase.expires_at:
        try:
            return PurchaseView.of(purchase, named(purchase.tender).prepare(purchase))
        except (AlreadyPaid, Unusable):
            ask(purchase)
    return PurchaseView.of(load(purchase.id))


def _succeed(tx: Transaction, purchase: DirectPurchase, paid: ChannelState) -> None:
    at = paid.paid_at or clock.now()
    actions: list[Action] = [DirectPurchase.succeeded_at.set(at), DirectPurchase.channel_day.set(channel_day(at))]
    if paid.transaction_id:
        actions.append(DirectPurchase.transaction_id.set(paid.transaction_id))
    to, item = PurchaseStatus.SUCCEEDED, DirectPurchase(id=purchase.id)
    # As it was read: one that was closed holds nothing any more.
    as_read = DirectPurchase.status == purchase.status
    states.move(tx, item, DirectPurchase.status, STEPS, to, *actions, also=as_read, otherwise=PurchaseMoved())
    purchase_kinds[purchase.kind].paid(tx, purchase)


def _closed(purchase: DirectPurchase) -> None:
    with Transaction() as tx:
        closed = DirectPurchase.closed_at.set(clock.now())
        item, to = DirectPurchase(id=purchase.id), PurchaseStatus.CLOSED
        states.move(tx, item, DirectPurchase.status, STEPS, to, closed, otherwise=PurchaseMoved())
        purchase_kinds[purchase.kind].lapsed(tx, purchase)
