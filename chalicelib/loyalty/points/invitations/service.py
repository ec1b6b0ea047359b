"""Who brought a friend is thanked when the friend has bought and kept something: docs/algorithms/points.md."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points import service
from chalicelib.loyalty.points.events import InvitationDue, InvitationFulfilled
from chalicelib.loyalty.points.models import LEDGER
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.after_sales.claims import service as claims
from chalicelib.trade.orders.models import Order

KIND = "invite"
LOOK_AGAIN = timedelta(days=1)


def watch(tx: Transaction, order: Order, buyer: Member) -> None:
    """A friend's order is completed: look at it again when nothing can be returned any more."""
    if order.paid_amount > 0 and inviter_of(buyer) is not None:
        due = InvitationDue(member_id=order.member_id, order_id=order.id)
        tx.emit(due, at=clock.now() + timedelta(days=service.rules().freeze_days))


def decide(tx: Transaction, event: InvitationDue, order: Order) -> None:
    """Announce it, if a piece stayed with the friend; while an after-sale is open, a day later."""
    friend = Member.find(order.member_id)
    inviter_id = inviter_of(friend) if friend is not None else None
    if claims.asks_for_pieces(order.id):
        tx.emit(event, at=clock.now() + LOOK_AGAIN)
    elif inviter_id is not None and _keeps_something(order):
        tx.emit(InvitationFulfilled(member_id=inviter_id, friend_id=order.member_id, order_id=order.id))


def earn(tx: Transaction, inviter_id: str, friend_id: str) -> None:
    """What the rules give for a friend, once for each."""
    if LEDGER.posted(inviter_id, KIND, friend_id) is None:
        service.earn_for_doing(tx, inviter_id, KIND, friend_id)


def inviter_of(member: Member) -> str | None:
    """Who brought the member: told at the first login, and never changed. Nobody brings themself."""
    inviter_id = member.source.inviter_id if member.source is not None else None
    return inviter_id if inviter_id != member.id else None


def _keeps_something(order: Order) -> bool:
    gone = {int(number): pieces for number, pieces in order.refunded_units.items()}
    return any(line.quantity > gone.get(number, 0) for number, line in enumerate(order.lines) if line.payable_amount)
