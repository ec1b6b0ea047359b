"""The counter of each member and template. Rules: docs/algorithms/notifications.md, "Quota"."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from enum import IntEnum

from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.errors import TooBusy
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.errors import NoQuota, QuotaMoved
from chalicelib.growth.notifications.models import MessageQuota
from chalicelib.growth.notifications.quotas.schemas import Answer, QuotasView, QuotaView, Result
from chalicelib.growth.notifications.templates import service as templates
from chalicelib.mall.identity.members import service as members

log = logging.getLogger(__name__)

MOST = 20
PAIRED_WITHIN = timedelta(minutes=10)
_TRIES = 5


class Side(IntEnum):
    """Who tells of an acceptance."""

    PHONE = 1
    WECHAT = -1


def report(member_id: str, results: Sequence[Result]) -> QuotasView:
    """The mini-program tells what the buyer answered. Templates that the mall does not use are ignored.

    :raises TooBusy: the counters keep moving. :raises Unauthorized: the account is closed.
    """
    known = templates.known_ids()
    mine = {each.template_id: each.result for each in results if each.template_id in known}
    for template_id, answer in mine.items():
        if answer is Answer.BAN:
            log.error("wechat has taken a template away", extra={"alarm": True, "template_id": template_id})
    accepted = [template_id for template_id, answer in mine.items() if answer is Answer.ACCEPT]
    left = _insistently(member_id, accepted) if accepted else {}
    found = {each: left[each] if each in left else load(member_id, each).left for each in mine}
    return QuotasView(items=[QuotaView(template_id=each, left=count) for each, count in found.items()])


def _insistently(member_id: str, accepted: Sequence[str]) -> dict[str, int]:
    for _ in range(_TRIES):
        try:
            with Transaction() as tx:
                members.require_active(tx, member_id)
                return {each: accept(tx, member_id, each, Side.PHONE) for each in accepted}
        except QuotaMoved:
            continue
    raise TooBusy()


def load(member_id: str, template_id: str) -> MessageQuota:
    """The counter now, or a new one."""
    found = MessageQuota.find(member_id, template_id, consistent=True)
    return found or MessageQuota(member_id=member_id, template_id=template_id)


def accept(tx: Transaction, member_id: str, template_id: str, side: Side) -> int:
    """One side tells of an acceptance; the other side's word of the same one counts nothing.

    :returns: how many are left then. :raises QuotaMoved: (at commit) the counter changed since it was read.
    """
    quota, now = load(member_id, template_id), clock.now()
    fresh = quota.unpaired_at is not None and now - quota.unpaired_at < PAIRED_WITHIN
    unpaired = quota.unpaired if fresh else 0
    is_second = unpaired * side < 0
    left = quota.left if is_second else min(quota.left + 1, max(MOST, quota.left))
    actions: list[Action] = [
        MessageQuota.left.set(left),
        MessageQuota.unpaired.set(unpaired + side),
        MessageQuota.unpaired_at.set(now),
        MessageQuota.version.set(quota.version + 1),
    ]
    if not is_second:
        actions.append(MessageQuota.accepted.add(1))
    unmoved = MessageQuota.version == quota.version if quota.version else MessageQuota.version.does_not_exist()
    tx.update(_key(member_id, template_id), actions, only_if=unmoved, otherwise=QuotaMoved())
    return left


def take(tx: Transaction, member_id: str, template_id: str) -> None:
    """Use one. :raises NoQuota: (at commit) none is left."""
    tx.update(
        _key(member_id, template_id),
        [MessageQuota.left.add(-1), MessageQuota.used.add(1), MessageQuota.version.add(1)],
        only_if=MessageQuota.left > 0,
        otherwise=NoQuota(),
    )


def give_back(tx: Transaction, member_id: str, template_id: str) -> None:
    """The message was certainly not sent."""
    actions = [MessageQuota.left.add(1), MessageQuota.used.add(-1), MessageQuota.version.add(1)]
    tx.update(_key(member_id, template_id), actions)


def clear(tx: Transaction, member_id: str, template_id: str) -> None:
    """WeChat says, or lets know, that none is left."""
    actions = [MessageQuota.left.set(0), MessageQuota.refused_at.set(clock.now()), MessageQuota.version.add(1)]
    tx.update(_key(member_id, template_id), actions)


def all_of(member_id: str) -> list[MessageQuota]:
    """All counters of a member."""
    return list(MessageQuota.query(member_id))


def _key(member_id: str, template_id: str) -> MessageQuota:
    return MessageQuota(member_id=member_id, template_id=template_id)
