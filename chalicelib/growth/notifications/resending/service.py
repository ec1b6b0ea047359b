"""Sending again what failed, with the template as staff have mended it. Rules: docs/algorithms/notifications.md."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.core import clock, states
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.desk.schemas import MessageView
from chalicelib.growth.notifications.errors import KindNotTold, MessageNotFailed, MessageNotFound, MessageOver
from chalicelib.growth.notifications.events import SendMessage
from chalicelib.growth.notifications.kinds.schemas import Kind, Type, Value
from chalicelib.growth.notifications.kinds.service import kind_of
from chalicelib.growth.notifications.models import STEPS, Message, MessageStatus, MessageTemplate, Said
from chalicelib.growth.notifications.quotas import service as quotas
from chalicelib.growth.notifications.resending.schemas import ResendMessage
from chalicelib.growth.notifications.sending import service as sending
from chalicelib.growth.notifications.templates import service as templates
from chalicelib.mall.identity.members import service as members


def resend(asked: ResendMessage) -> MessageView:
    """Let a failed message wait again, in the words of the template as it is now. It uses an agreement, as every send.

    :raises MessageNotFound: :raises MessageNotFailed: also when another was faster. :raises MessageOver:
    :raises KindNotTold: :raises NoQuota: (at commit) none is left. :raises Unauthorized: (at commit) account closed.
    """
    message = _failed(asked)
    kind, template = kind_of(message.kind), MessageTemplate.find(message.kind, consistent=True)
    if template is None or not template.enabled:
        raise KindNotTold()
    with Transaction() as tx:
        members.require_active(tx, message.member_id)
        states.move(
            tx,
            Message(member_id=message.member_id, id=message.id),
            Message.status,
            STEPS,
            MessageStatus.WAITING,
            *_anew(kind, template, message),
            also=(Message.status == MessageStatus.FAILED) & (Message.attempts == message.attempts),
            otherwise=MessageNotFailed(),
        )
        quotas.take(tx, message.member_id, template.template_id)
        attempt = message.attempts + 1
        tx.emit(SendMessage(member_id=message.member_id, message_id=message.id, attempt=attempt))
    return MessageView.of(_load(asked))


def _failed(asked: ResendMessage) -> Message:
    message = _load(asked)
    if message.status is not MessageStatus.FAILED:
        raise MessageNotFailed(status=message.status)
    if sending.is_over(message):
        raise MessageOver()
    return message


def _load(asked: ResendMessage) -> Message:
    message = Message.find(asked.member_id, asked.id, consistent=True)
    if message is None:
        raise MessageNotFound()
    return message


def _anew(kind: Kind, template: MessageTemplate, message: Message) -> list[Action]:
    actions: list[Action] = [
        Message.attempts.add(1),
        Message.resent_at.set(clock.now()),
        Message.ended_at.remove(),
        Message.code.remove(),
        Message.template_id.set(template.template_id),
    ]
    if message.said is not None:  # else of a release that did not keep it: the words as they were
        actions.append(Message.data.set(templates.render(kind, template, _values(kind, message.said))))
        actions.append(Message.page.set(templates.page_of(template, message.said.links)))
    return actions


def _values(kind: Kind, said: Said) -> dict[str, Value]:
    """As they were told: times are times again."""
    return {name: _restored(kind, name, each) for name, each in said.values.items() if name in kind.variables}


def _restored(kind: Kind, name: str, value: int | str) -> Value:
    is_time = kind.variables[name].type is Type.TIME and isinstance(value, str)
    return datetime.fromisoformat(str(value)) if is_time else value
