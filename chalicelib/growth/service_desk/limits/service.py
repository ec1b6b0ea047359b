"""Bounds of a day, counted in the transaction that does it."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.service_desk.limits.errors import EnoughForToday
from chalicelib.growth.service_desk.limits.models import ServiceCount

_KEPT = timedelta(days=2)


def count(tx: Transaction, member_id: str, what: str, most: int) -> None:
    """Add to *tx*: once more of *what* today. :raises EnoughForToday: (at commit) it was done *most* times."""
    row = ServiceCount(member_id=member_id, id=f"{what}#{clock.today().isoformat()}")
    tx.update(
        row,
        [ServiceCount.used.add(1), ServiceCount.expires_at.set(int((clock.now() + _KEPT).timestamp()))],
        only_if=ServiceCount.used.does_not_exist() | (ServiceCount.used < most),
        otherwise=EnoughForToday(most=most),
    )
