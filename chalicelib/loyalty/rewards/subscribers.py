"""How rewards react."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.rewards import service
from chalicelib.mall.identity.members.events import MemberClosed


@subscribe(MemberClosed, queue="reactions")
def forget_waiting(event: MemberClosed, tx: Transaction) -> None:
    """A closed account is owed nothing."""
    service.forget(event.member_id)
