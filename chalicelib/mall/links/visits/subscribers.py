"""Visits are counted off the path of the visitor."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.links.visits import service
from chalicelib.mall.links.visits.events import LinkVisited


@subscribe(LinkVisited, queue="reactions")
def record_visit(event: LinkVisited, tx: Transaction) -> None:
    """Count it for the link's day, and remember how the member came."""
    service.record(tx, event)


@subscribe(MemberClosed, queue="reactions")
def forget_visits(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no trace of where it came from."""
    service.forget(event.member_id)
