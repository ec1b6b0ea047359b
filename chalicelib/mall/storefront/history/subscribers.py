"""A member's history goes where the member goes."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.events import MemberClosed, MembersMerged
from chalicelib.mall.storefront.history import service


@subscribe(MemberClosed, queue="reactions")
def forget_history(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no trace of what was looked at."""
    service.forget(event.member_id)


@subscribe(MembersMerged, queue="reactions")
def merge_history(event: MembersMerged, tx: Transaction) -> None:
    """Two accounts became one."""
    service.merge(event.member_id, event.from_member_id)
