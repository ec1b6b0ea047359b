"""Lists are made piece by piece."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments.audiences import service
from chalicelib.loyalty.segments.audiences.events import FreezeMembers


@subscribe(FreezeMembers, queue="catalog")
def freeze_members(event: FreezeMembers, tx: Transaction) -> None:
    """The next page of a list."""
    service.freeze(tx, event)
