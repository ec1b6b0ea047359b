"""Points end with their months."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.events import Event
from chalicelib.core.jobs import job
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points.events import ExpirePoints, PointsExpiring
from chalicelib.loyalty.points.models import PointsMonth
from chalicelib.loyalty.points.service import month_of

BATCH = 40
REMIND_DAYS = 7


class _Reminded(DomainError):
    """Another run has reminded one of these members; never leaves this module."""

    code = "points_reminded"


@job("expire_points")
def expire_points() -> int:
    """Send what is over to its end, and, from a week before the end of a month, remind once who has points in it.

    Daily. A run that was missed is made up: months that are over are looked at until nobody is left in them, and who
    was not reminded on the first day is on the next.

    :returns: how many members were sent a message.
    """
    today = clock.today()
    last = today.replace(day=1) - timedelta(days=1)
    sent = sum(_expire(_back(month_of(last), n)) for n in range(3))
    if (today + timedelta(days=REMIND_DAYS)).month != today.month:
        sent += _remind(month_of(today))
    return sent


def _expire(month: str) -> int:
    return sum(_send(batch, month, ExpirePoints) for batch in _batches(PointsMonth.query(month)))


def _remind(month: str) -> int:
    fresh = PointsMonth.reminded.does_not_exist()
    sent = 0
    for batch in _batches(PointsMonth.query(month, filter_condition=fresh, consistent_read=True)):
        with suppress(_Reminded):
            sent += _send(batch, month, PointsExpiring, mark=True)
    return sent


def _batches(rows: Iterable[PointsMonth]) -> Iterator[list[str]]:
    found = iter(rows)
    while batch := [each.member_id for each in islice(found, BATCH)]:
        yield batch


def _send(member_ids: list[str], month: str, kind: Callable[..., Event], *, mark: bool = False) -> int:
    with Transaction() as tx:
        for member_id in member_ids:
            tx.emit(kind(member_id=member_id, month=month))
            if mark:
                tx.update(
                    PointsMonth(month=month, member_id=member_id),
                    [PointsMonth.reminded.set(True)],
                    only_if=PointsMonth.member_id.exists() & PointsMonth.reminded.does_not_exist(),
                    otherwise=_Reminded(),
                )
    return len(member_ids)


def _back(month: str, months: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:]) - 1 - months
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
