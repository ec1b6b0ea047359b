"""Topping up: begin, pay at the channel, believe it, credit once. Algorithm: docs/algorithms/wallet.md."""

from __future__ import annotations

import logging
from datetime import timedelta

from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, states
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.http import PartnerBroken
from chalicelib.core.ledgers import AccountMoved, AlreadyPosted, insistently
from chalicelib.core.once import Once, Repeat
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat_pay.schemas import Trade
from chalicelib.loyalty.wallet import service
from chalicelib.loyalty.wallet.allowances import service as allowances
from chalicelib.loyalty.wallet.errors import TopUpMoved, TopUpNotFound
from chalicelib.loyalty.wallet.events import CheckTopUp, ToppedUp
from chalicelib.loyalty.wallet.models import STEPS, Plan, TopUp, TopUpStatus
from chalicelib.loyalty.wallet.plans import service as plans
from chalicelib.loyalty.wallet.top_ups.schemas import StartTopUp, TopUpView
from chalicelib.mall.identity.members import service as members
from chalicelib.trade.payments.errors import PaymentNotFound
from chalicelib.trade.payments.tender import AlreadyPaid, Channel, ChannelState, Unusable, named
from chalicelib.trade.payments.wechat.tender import NAME as WECHAT_PAY
from chalicelib.trade.payments.wechat.tender import compared

log = logging.getLogger(__name__)
PREFIX = "top"
"""Of every number: by it the notices of top-ups find their way here."""
LIFE = timedelta(minutes=30)
LEAST_TIME = timedelta(seconds=75)  # the channel wants a minute to live; the rest is for the way there
CHECKS = tuple(timedelta(minutes=each) for each in (2, 10, 31))
LATER = timedelta(hours=1)
TRIES = 4


def start(member_id: str, openid: str, asked: StartTopUp, key: str) -> TopUpView:
    """Begin to top up, or go on with it: once for each *key*.

    :raises WalletOff, PlanNotFound, PlanLimitReached: not offered.
    :raises TopUpTooLarge, DailyLimitReached, BalanceLimitReached: too much.
    :raises PartnerError: the channel did not answer; the same key goes on with the same top-up.
    """
    service.require_enabled()
    once = Once(member_id, "top_up", key, asked)
    try:
        top_up_id = insistently(lambda: _begin(member_id, openid, asked.plan_id, once))
    except Repeat as repeat:
        top_up_id = repeat.result
    return _prepared(load(top_up_id))


def show(member_id: str, top_up_id: str) -> TopUpView:
    """:raises TopUpNotFound: there is none, or it is another member's."""
    return TopUpView.of(_own(member_id, top_up_id))


def sync(member_id: str, top_up_id: str) -> TopUpView:
    """The member's top-up after the channel was asked about it. :raises PartnerError: it did not answer."""
    top_up = _own(member_id, top_up_id)
    if top_up.status is TopUpStatus.CREATED:
        ask(top_up)
    return show(member_id, top_up_id)


def load(top_up_id: str) -> TopUp:
    """The top-up, consistent. :raises TopUpNotFound:"""
    top_up = TopUp.find(top_up_id, consistent=True)
    if top_up is None:
        raise TopUpNotFound()
    return top_up


def hear(trade: Trade) -> None:
    """A signed notice names one of our numbers. Registered with ``trade_notices``.

    :raises PaymentNotFound: there is no such top-up. :raises NoticeMismatch: it is about something else.
    """
    top_up = TopUp.find(trade.out_trade_no, consistent=True)
    if top_up is None:
        raise PaymentNotFound()
    told = compared(trade, top_up)
    # Only "paid" is news in a notice; anything else is asked for, not heard.
    if told.state is Channel.PAID:
        confirm(top_up, told)


def ask(top_up: TopUp) -> None:
    """Ask the channel about a top-up and make true what it says; one whose time is over ends.

    :raises PartnerError: the channel does not tell; nothing has changed.
    """
    channel = named(top_up.tender)
    for _ in range(TRIES):
        told = channel.query(top_up)
        if told.state is Channel.PAID:
            return confirm(top_up, told)
        if told.state is Channel.REFUNDED:
            # Not by us. Credit must not be given for money that is gone.
            log.error("refunded at the channel before it was confirmed", extra={"alarm": True, "top_up_id": top_up.id})
        if told.state in (Channel.REFUNDED, Channel.CLOSED):
            return _close(top_up)
        if clock.now() < top_up.expires_at:
            return None
        try:
            if told.state is Channel.NOT_PAID:
                channel.close(top_up)
            return _close(top_up)
        except AlreadyPaid:
            continue  # paid between the two calls: the channel knows the details by now
    raise PartnerBroken(top_up.tender, reason="neither paid nor closed")


def confirm(top_up: TopUp, paid: ChannelState) -> None:
    """The channel has the money, and *paid* was compared with *top_up*: credit it. Once, however late.

    :raises TooBusy: nothing was written, say it again.
    """
    for _ in range(TRIES):
        if top_up.status is TopUpStatus.SUCCEEDED:
            return
        try:
            with Transaction() as tx:
                _succeed(tx, top_up, paid)
            log.info("topped up", extra={"top_up_id": top_up.id, "amount": top_up.amount})
            return
        except (TopUpMoved, AccountMoved, AlreadyPosted, TooBusy):
            top_up = load(top_up.id)
    raise TooBusy()


def _begin(member_id: str, openid: str, plan_id: str, once: Once) -> str:
    once.recall()
    plan = plans.offered(plan_id)
    top_up = _new(member_id, openid, plan)
    try:
        with Transaction() as tx:
            once.claim(tx, top_up.id)
            members.require_active(tx, member_id)
            allowances.take(tx, member_id, plan, clock.today())
            tx.put(top_up, only_if=TopUp.id.does_not_exist(), otherwise=TopUpMoved())
            tx.emit(CheckTopUp(top_up_id=top_up.id), at=top_up.created_at + CHECKS[0])
    except DomainError as error:
        raise once.settle(error) from None
    return top_up.id


def _new(member_id: str, openid: str, plan: Plan) -> TopUp:
    now = clock.now()
    return TopUp(
        id=ids.new(PREFIX),
        member_id=member_id,
        plan_id=plan.id,
        status=TopUpStatus.CREATED,
        tender=WECHAT_PAY,
        amount=plan.amount,
        gift_amount=plan.gift_amount,
        template_id=plan.template_id,
        points=plan.points,
        growth=plan.growth,
        description=f"储值 {plan.title}",
        openid=openid,
        created_at=now,
        day=clock.business_day(now).isoformat(),
        expires_at=now + LIFE,
    )


def _prepared(top_up: TopUp) -> TopUpView:
    """With the client's parameters, while it can be paid."""
    if top_up.status is TopUpStatus.CREATED and clock.now() + LEAST_TIME <= top_up.expires_at:
        try:
            return TopUpView.of(top_up, named(top_up.tender).prepare(top_up))
        except (AlreadyPaid, Unusable):
            ask(top_up)
    return TopUpView.of(load(top_up.id))


def _own(member_id: str, top_up_id: str) -> TopUp:
    top_up = load(top_up_id)
    if top_up.member_id != member_id:
        raise TopUpNotFound()
    return top_up


def _succeed(tx: Transaction, top_up: TopUp, paid: ChannelState) -> None:
    actions: list[Action] = [TopUp.succeeded_at.set(paid.paid_at or clock.now())]
    if paid.transaction_id:
        actions.append(TopUp.transaction_id.set(paid.transaction_id))
    to, item = TopUpStatus.SUCCEEDED, TopUp(id=top_up.id)
    # As it was read: one that was closed counts in no limit any more.
    as_read = TopUp.status == top_up.status
    states.move(tx, item, TopUp.status, STEPS, to, *actions, also=as_read, otherwise=TopUpMoved())
    service.credit(tx, top_up.member_id, "topped_up", top_up.id, top_up.amount, top_up.gift_amount)
    if top_up.status is TopUpStatus.CREATED:
        allowances.paid(tx, top_up)
    tx.emit(
        ToppedUp(
            member_id=top_up.member_id,
            top_up_id=top_up.id,
            amount=top_up.amount,
            gift_amount=top_up.gift_amount,
        )
    )


def _close(top_up: TopUp) -> None:
    try:
        insistently(lambda: _closed(top_up))
    except TopUpMoved:
        return  # paid or closed by somebody else


def _closed(top_up: TopUp) -> None:
    with Transaction() as tx:
        closed = TopUp.closed_at.set(clock.now())
        item, to = TopUp(id=top_up.id), TopUpStatus.CLOSED
        states.move(tx, item, TopUp.status, STEPS, to, closed, otherwise=TopUpMoved())
        allowances.give_back(tx, top_up)
