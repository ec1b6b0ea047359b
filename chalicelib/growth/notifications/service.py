"""Telling a member something: decided and written down here, sent by a reaction.

See docs/algorithms/notifications.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.core.tables import Key, Table, batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.counts import service as counts
from chalicelib.growth.notifications.errors import AlreadyTold
from chalicelib.growth.notifications.events import SendMessage
from chalicelib.growth.notifications.kinds.schemas import Kind, Value
from chalicelib.growth.notifications.models import (
    Message,
    MessageQuota,
    MessageStatus,
    MessageTemplate,
    Said,
    message_id,
)
from chalicelib.growth.notifications.quotas import service as quotas
from chalicelib.growth.notifications.templates import service as templates
from chalicelib.mall.identity.members.models import Member, MemberStatus

KEEP = timedelta(days=90)
EXPORTED = 200
MORNING, EVENING = time(9), time(21)
"""What is not urgent is sent between these, in the business's time zone."""


def tell(
    tx: Transaction,
    kind: Kind,
    *,
    member_id: str,
    group: str,
    subject: str = "",
    values: Mapping[str, Value],
    links: Mapping[str, str],
) -> None:
    """Add to *tx* that the member is told, once for this kind and thing, if they agreed to it.

    :param group: the id of what it belongs to (an order); with *subject*, if the thing is a part of it (a parcel).
    :param values: of the kind's variables; one that is missing is told as empty.
    :param links: what the page's placeholders stand for.
    :raises AlreadyTold: (at commit) another told the same at the same moment. :raises NoQuota: (at commit) as well.
    """
    key = message_id(kind.name, group, subject)
    wanted: dict[type[Table], list[Key]] = {
        MessageTemplate: [kind.name],
        Member: [member_id],
        Message: [(member_id, key)],
    }
    found = batch_get(wanted, consistent=[Member, Message])
    template = found[MessageTemplate].get(kind.name)
    if template is None or not template.enabled or found[Message]:
        return
    message = _draft(kind, template, member_id, key)
    reason = _reason_against(found[Member].get(member_id), template)
    if reason:
        message.status, message.code, message.ended_at = MessageStatus.SKIPPED, reason, message.made_at
        counts.add(tx, kind.name, MessageStatus.SKIPPED)
    else:
        message.data = templates.render(kind, template, values)
        message.page = templates.page_of(template, links)
        quotas.take(tx, member_id, template.template_id)
        message.said = Said(values=_plain(values), links=dict(links))
        send = SendMessage(member_id=member_id, message_id=key)
        tx.emit(send, at=next_morning(message.made_at) if kind.waits_for_day else None)
    tx.put(message, only_if=Message.id.does_not_exist(), otherwise=AlreadyTold())


def next_morning(now: datetime) -> datetime | None:
    """When what is not urgent may be sent; None: now."""
    zone = ZoneInfo(settings().time_zone)
    local = now.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return None
    day = local.date() + timedelta(days=local.time() >= EVENING)
    return datetime.combine(day, MORNING, zone)


def _plain(values: Mapping[str, Value]) -> dict[str, int | str]:
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in values.items()}


def _draft(kind: Kind, template: MessageTemplate, member_id: str, key: str) -> Message:
    now = clock.now()
    return Message(
        member_id=member_id,
        id=key,
        kind=kind.name,
        status=MessageStatus.WAITING,
        template_id=template.template_id,
        data={},
        day=clock.today().isoformat(),
        made_at=now,
        expires_at=int((now + KEEP).timestamp()),
    )


def _reason_against(member: Member | None, template: MessageTemplate) -> str:
    if member is None or member.status is not MemberStatus.ACTIVE or not member.openid:
        return "member_closed"
    quota = MessageQuota.find(member.id, template.template_id, consistent=True)
    return "" if quota and quota.left > 0 else "no_quota"


def export(member_id: str) -> dict[str, object]:
    """What is kept about the member, for the copy of their personal data. Registered with identity."""
    newest = Message.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return {
        "messages": [
            {"kind": each.kind, "status": each.status, "data": each.data, "at": each.made_at.isoformat()}
            for each in newest
        ],
        "agreements": [
            {"template_id": each.template_id, "accepted": each.accepted, "used": each.used, "left": each.left}
            for each in quotas.all_of(member_id)
        ],
    }


def forget(member_id: str) -> None:
    """A closed account leaves no messages and no agreements behind. Running it twice does no harm."""
    Message.delete_under(member_id)
    MessageQuota.delete_under(member_id)
