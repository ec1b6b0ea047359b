"""Points end with their months."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.events import Event
from chalicelib.core.jobs import job
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points.events import ExpirePoints, PointsExpiring
from chalicelib.loyalty.points.models import PointsMonth
from chalicelib.loyalty.points.service import month_of

BATCH = 50
REMIND_DAYS = 7


@job("expire_points")
def expire_points() -> int:
    """Send what is over to its end, and, a week before the end of a month, remind those who have points in it.

    Daily. A run that was missed is made up: months that are over are looked at until nobody is left in them.

    :returns: how many members were sent a message.
    """
    today = clock.today()
    last = today.replace(day=1) - timedelta(days=1)
    sent = sum(_send(_back(month_of(last), n), ExpirePoints) for n in range(3))
    if (today + timedelta(days=REMIND_DAYS)).day == 1:
        sent += _send(month_of(today), PointsExpiring)
    return sent


def _send(month: str, kind: Callable[..., Event]) -> int:
    batch, sent = [], 0
    for each in PointsMonth.query(month):
        batch.append(each.member_id)
        if len(batch) == BATCH:
            sent, batch = sent + _emit(month, kind, batch), []
    return sent + _emit(month, kind, batch)


def _emit(month: str, kind: Callable[..., Event], member_ids: list[str]) -> int:
    with Transaction() as tx:
        for member_id in member_ids:
            tx.emit(kind(member_id=member_id, month=month))
    return len(member_ids)


def _back(month: str, months: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:]) - 1 - months
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
