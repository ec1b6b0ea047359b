"""Sending what waits. Marked before the call, so that a crash never sends twice: docs/algorithms/notifications.md."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.core import clock, states
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import messages as wechat
from chalicelib.gateways.wechat.errors import (
    MessageInvalid,
    MessageMisconfigured,
    MessageNotAgreed,
    QuotaUsedUp,
    WeChatMisconfigured,
)
from chalicelib.growth.notifications.counts import service as counts
from chalicelib.growth.notifications.errors import NotWaiting
from chalicelib.growth.notifications.events import SendMessage
from chalicelib.growth.notifications.kinds.service import kinds
from chalicelib.growth.notifications.models import STEPS, Message, MessageStatus, group_of
from chalicelib.growth.notifications.quotas import service as quotas
from chalicelib.mall.identity.members.models import Member, MemberStatus

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(days=1)
LONGEST_PAUSE = timedelta(hours=1)
OVER = "over"
"""The code of a message that was not true any more when its turn came."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call. *code*: why; *number*: WeChat's."""

    status: MessageStatus
    code: str = ""
    number: str = ""


def send(tx: Transaction, member_id: str, message_id: str, attempt: int) -> None:
    """Send the message if it still waits for its *attempt*; *tx* gets what became of it."""
    message = Message.find(member_id, message_id, consistent=True)
    if message is None:
        return
    if message.status is MessageStatus.SENDING:
        # Whoever marked it is dead, or its answer never came: it may be on the phone.
        _conclude(tx, message, Outcome(MessageStatus.UNCERTAIN, "interrupted"))
        return
    if message.status is not MessageStatus.WAITING or message.attempts != attempt:
        return
    member = Member.find(member_id, consistent=True)
    if member is None or member.status is not MemberStatus.ACTIVE or not member.openid:
        _conclude(tx, message, Outcome(MessageStatus.SKIPPED, "member_closed"))
        return
    if is_over(message):
        _conclude(tx, message, Outcome(MessageStatus.SKIPPED, OVER))
        return
    try:
        _mark(message)
    except NotWaiting:
        return
    _conclude(tx, message, _call(message, member.openid))


def is_over(message: Message) -> bool:
    """Whether what it tells is not true any more: the coupon was used, the points were spent."""
    kind = kinds.get(message.kind)
    return kind is not None and kind.is_over is not None and kind.is_over(message.member_id, group_of(message))


def _mark(message: Message) -> None:
    with Transaction() as tx:
        states.move(
            tx,
            Message(member_id=message.member_id, id=message.id),
            Message.status,
            STEPS,
            MessageStatus.SENDING,
            also=Message.attempts == message.attempts,
            otherwise=NotWaiting(),
        )


def _call(message: Message, openid: str) -> Outcome:
    try:
        number = wechat.send(openid, message.template_id, message.page, message.data)
    except MessageNotAgreed as error:
        return Outcome(MessageStatus.REFUSED, error.partner_code)
    except (MessageInvalid, MessageMisconfigured) as error:
        extra = {"alarm": True, "kind": message.kind, "partner_code": error.partner_code, "reason": error.reason}
        log.error("message can not be sent as it is configured", extra=extra)
        return Outcome(MessageStatus.FAILED, error.partner_code)
    except PartnerError as error:
        return _after_failure(message, error)
    return Outcome(MessageStatus.SENT, number=number)


def _after_failure(message: Message, error: PartnerError) -> Outcome:
    code = error.partner_code or type(error).__name__
    if error.may_have_happened:
        return Outcome(MessageStatus.UNCERTAIN, code)
    mendable = error.retryable or isinstance(error, (QuotaUsedUp, WeChatMisconfigured))
    if mendable and clock.now() - (message.resent_at or message.made_at) < GIVE_UP_AFTER:
        return Outcome(MessageStatus.WAITING, code)
    return Outcome(MessageStatus.FAILED, code)


def _conclude(tx: Transaction, message: Message, outcome: Outcome) -> None:
    to = outcome.status
    actions = [Message.code.set(outcome.code) if outcome.code else Message.code.remove()]
    if outcome.number:
        actions.append(Message.number.set(outcome.number))
    if to is MessageStatus.WAITING:
        actions.append(Message.attempts.set(message.attempts + 1))
        pause = min(timedelta(minutes=2 ** min(message.attempts, 10)), LONGEST_PAUSE)
        again = SendMessage(member_id=message.member_id, message_id=message.id, attempt=message.attempts + 1)
        tx.emit(again, at=clock.now() + pause)
    else:
        actions.append(Message.ended_at.set(clock.now()))
        counts.add(tx, message.kind, to)
        _settle_quota(tx, message, outcome)
    key = Message(member_id=message.member_id, id=message.id)
    states.move(tx, key, Message.status, STEPS, to, *actions, otherwise=NotWaiting())


def _settle_quota(tx: Transaction, message: Message, outcome: Outcome) -> None:
    if outcome.status is MessageStatus.REFUSED:
        quotas.clear(tx, message.member_id, message.template_id)
    elif outcome.status is MessageStatus.FAILED or outcome.code == OVER:
        quotas.give_back(tx, message.member_id, message.template_id)
