"""The points ledger as everybody uses it. Promise and algorithm: docs/algorithms/points.md.

A function that is given ``tx`` reads the account and adds one posting; the caller's transaction is refused with
``AccountMoved`` if the account moved meanwhile, and with ``AlreadyPosted`` if the cause was posted before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from chalicelib.core import clock, money
from chalicelib.core.ledgers import BalanceTooLow, Buckets, take_in_order
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points.events import PointsEarned
from chalicelib.loyalty.points.models import (
    FROZEN,
    LEDGER,
    MALL,
    NO_MONTHS,
    OWED,
    Points,
    PointsEntry,
    PointsMonth,
    PointsRules,
)
from chalicelib.loyalty.points.schemas import Rules
from chalicelib.mall.identity.members.models import Member


def rules() -> Rules:
    """The rules now."""
    return rules_of(PointsRules.find(MALL))


def rules_of(stored: PointsRules | None) -> Rules:
    """The rules in a row that was read already; the defaults while staff set none."""
    return stored.rules if stored is not None else Rules()


def open_account(member_id: str) -> Points:
    """The member's account now."""
    account: Points = LEDGER.open(member_id)
    return account


def usable(account: Points, now: datetime) -> int:
    """Points that can be spent: the months that are not over, less what is owed. Never below zero."""
    return max(sum(account.buckets[name] for name in _months(account, now)) + account.buckets.get(OWED, 0), 0)


def left_of(account: Points, month: str, now: datetime) -> int:
    """Of the points that end with *month*, those that can still be spent: none once it is over, or if they are owed."""
    held = account.buckets.get(month, 0) if month in _months(account, now) else 0
    return max(min(held, usable(account, now)), 0)


def earn(tx: Transaction, member_id: str, kind: str, cause: str, points: int, *, note: str | None = None) -> None:
    """Points for what a member did, free at once; nothing for nothing. For every feature above.

    :param kind: what was done (``check_in``). :param cause: the id of that doing: once per kind and cause.
    """
    if points > 0:
        account = open_account(member_id)
        post(tx, account, kind, cause, credited(account, points, rules().months), note=note)
        tx.emit(PointsEarned(member_id=member_id, kind=kind, cause=cause, points=points))


def earn_for_doing(tx: Transaction, member_id: str, name: str, cause: str) -> None:
    """The points that the rules give for a doing; who is closed has no account any more."""
    member = Member.find(member_id)
    if member is not None and member.closed_at is None:
        earn(tx, member_id, name, cause, for_doing(name))


def for_doing(name: str) -> int:
    """The points that the rules give for a doing; unknown ones give none."""
    return rules().doings.get(name, 0)


def take_back(tx: Transaction, member_id: str, cause: str, points: int) -> None:
    """Points for something that is undone are taken back, also if spent (they are owed then). For higher floors."""
    if points > 0:
        account = open_account(member_id)
        post(tx, account, "taken_back", cause, taken_back(account, points), overdraw=True)


def spend(tx: Transaction, account: Points, kind: str, cause: str, points: int, *, note: str | None = None) -> None:
    """Take *points* from the months of *account*, as it was read, oldest first.

    :raises BalanceTooLow: fewer are usable; at once.
    """
    now = clock.now()
    if points > usable(account, now):
        raise BalanceTooLow()
    post(tx, account, kind, cause, take_in_order(account.buckets, points, _months(account, now)), note=note)


def credited(account: Points, points: int, months: int) -> Buckets:
    """The change that gives *points*: what is owed is paid first, the rest is good for so many months."""
    owed = min(-account.buckets.get(OWED, 0), points)
    changes = {OWED: owed, new_month(months): points - owed}
    return {name: change for name, change in changes.items() if change}


def taken_back(account: Points, points: int) -> Buckets:
    """The change that takes *points* back: frozen ones, then the months, and what is spent already is owed."""
    changes, left = Buckets(), points
    for name in (FROZEN, *_months(account, clock.now())):
        part = min(left, max(account.buckets.get(name, 0), 0))
        if part:
            changes[name], left = -part, left - part
    return {**changes, OWED: -left} if left else changes


def give_back(
    tx: Transaction,
    account: Points,
    spent: PointsEntry,
    cause: str,
    before: int,
    now_back: int,
    *,
    kind: str = "returned",
) -> None:
    """Of what *spent* took, as much goes back that *now_back* points are back in all, after *before* were.

    Into the months they came from, so that any sequence gives each month what it gave; a month that is over
    becomes the present one.
    """
    names = sorted(spent.buckets)
    weights = [-spent.buckets[name] for name in names]
    shares = zip(names, money.split(now_back, weights), money.split(before, weights), strict=True)
    this, changes = month_of(clock.today()), Buckets()
    for name, after, earlier in shares:
        month = max(name, this)
        changes[month] = changes.get(month, 0) + after - earlier
    post(tx, account, kind, cause, changes)


def post(
    tx: Transaction,
    account: Points,
    kind: str,
    cause: str,
    changes: Mapping[str, int],
    *,
    note: str | None = None,
    overdraw: bool = False,
    **more: int,
) -> None:
    """One posting, and the members' list of each month that is new to the account."""
    LEDGER.post(tx, account, kind, cause, changes, note=note, overdraw=overdraw, **more)
    for name, change in changes.items():
        if change > 0 and name not in NO_MONTHS and name not in account.buckets:
            tx.put(PointsMonth(month=name, member_id=account.member_id))


def new_month(months: int) -> str:
    """The month to whose end points that come today are good."""
    today = clock.today()
    number = today.year * 12 + today.month - 1 + months
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def end_of(month: str) -> datetime:
    """The first moment in which points of *month* are over."""
    number = int(month[:4]) * 12 + int(month[5:])
    return clock.day_start(date(number // 12, number % 12 + 1, 1))


def _months(account: Points, now: datetime) -> list[str]:
    """The months of *account* that are not over, the first to end first."""
    this = month_of(clock.business_day(now))
    return sorted(name for name in account.buckets if name not in NO_MONTHS and name >= this)


def month_of(day: date) -> str:
    """``2026-11``."""
    return f"{day:%Y-%m}"
