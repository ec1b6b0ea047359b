"""Messages go out, one by one; what a member leaves behind goes."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications import service
from chalicelib.growth.notifications.events import SendMessage
from chalicelib.growth.notifications.sending import service as sending
from chalicelib.mall.identity.members.events import MemberClosed


@subscribe(SendMessage, queue="notifications")
def send_message(event: SendMessage, tx: Transaction) -> None:
    """WeChat is asked to show it."""
    sending.send(tx, event.member_id, event.message_id, event.attempt)


@subscribe(MemberClosed, queue="reactions")
def forget_messages(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no messages behind."""
    service.forget(event.member_id)
