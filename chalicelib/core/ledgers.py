"""Ledgers: an account whose balance is, at every moment, the sum of its entries.

An account holds whole units (points, fen) in named *buckets*: the months in which points expire, principal and gift
money. A posting changes buckets and puts one entry, both in the caller's transaction. The entry's id is made of its
*kind* and *cause* and is put if absent: the same cause posts once, however often it is tried. The account is written
under the condition of the version that was read, so what was computed from it is still true.
See docs/algorithms/ledgers.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.tables import DocumentAttribute, IntAttribute, TimeAttribute
from chalicelib.core.transaction import Transaction

T = TypeVar("T")
Buckets = dict[str, int]
TRIES = 4


class AccountMoved(DomainError):
    """The account changed since it was read: read it again, and decide again."""

    code, status, message = "account_moved", 409, "账户刚刚发生变动，请重试"


class AlreadyPosted(DomainError):
    """The cause was posted before: there is nothing left to do."""

    code, status, message = "already_posted", 409, "这笔变动已经入账"


class BalanceTooLow(DomainError):
    code, status, message = "balance_too_low", 409, "余额不足"


class BalanceTooHigh(DomainError):
    """The account would hold more than any amount that the mall can tell: a mistake, not a gift."""

    code, status, message = "balance_too_high", 409, "余额超过上限，请检查数量"


class AccountRow:
    """What a model of accounts has: ``class Wallet(AccountRow, Table)`` with its ``Meta``."""

    member_id = UnicodeAttribute(hash_key=True)
    balance = IntAttribute(default=0)
    buckets = DocumentAttribute[Buckets](Buckets, default=dict)
    """Name → units; what is zero is absent. Few: an account is one item."""
    version = IntAttribute(default=0)
    """Counts postings."""


class EntryRow:
    """What a model of entries has, beside an index by ``member_id`` and ``sequence`` for lists in time."""

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """``kind#cause``."""
    sequence = UnicodeAttribute()
    """The account's version with this entry, twelve digits."""
    kind = UnicodeAttribute()
    cause = UnicodeAttribute()
    at = TimeAttribute()
    amount = IntAttribute()
    buckets = DocumentAttribute[Buckets](Buckets)
    """The change of each bucket."""
    balance_after = IntAttribute()
    note = UnicodeAttribute(null=True)


@dataclass(frozen=True)
class Ledger:
    """One ledger: its two models."""

    account: Any
    entry: Any

    def open(self, member_id: str) -> Any:
        """The member's account now (consistent), or an empty one that the first posting makes."""
        return self.account.find(member_id, consistent=True) or self.empty(member_id)

    def empty(self, member_id: str) -> Any:
        """The account of who has none yet."""
        return self.account(member_id=member_id, balance=0, buckets={}, version=0)

    def posted(self, member_id: str, kind: str, cause: str) -> Any | None:
        """The entry of that cause, consistent; None: it was not posted."""
        return self.entry.find(member_id, entry_id(kind, cause), consistent=True)

    def post(
        self,
        tx: Transaction,
        account: Any,
        kind: str,
        cause: str,
        changes: Mapping[str, int],
        *,
        note: str | None = None,
        overdraw: bool = False,
        **more: Any,
    ) -> None:
        """Add *changes* to *account*, as it was read. Two writes.

        :param kind: what it is (``earned``); :param cause: the id of what it is for: once per kind and cause.
        :param overdraw: buckets may fall below zero (what was spent already is owed).
        :param more: further attributes of the entry, where its model has them.
        :raises BalanceTooLow: a bucket would fall below zero; raised at once.
        :raises BalanceTooHigh: it adds, and the balance would pass ``MAX_AMOUNT``; raised at once.
        :raises AlreadyPosted: (at commit) it was posted before.
        :raises AccountMoved: (at commit) the account changed since it was read.
        """
        buckets = {name: account.buckets.get(name, 0) + changes.get(name, 0) for name in {*account.buckets, *changes}}
        if not overdraw and any(buckets[name] < 0 for name, change in changes.items() if change < 0):
            raise BalanceTooLow()
        if sum(changes.values()) > 0 and sum(buckets.values()) > MAX_AMOUNT:
            raise BalanceTooHigh()
        entry = self.entry(
            member_id=account.member_id,
            id=entry_id(kind, cause),
            sequence=f"{account.version + 1:012d}",
            kind=kind,
            cause=cause,
            at=clock.now(),
            amount=sum(changes.values()),
            buckets={name: change for name, change in changes.items() if change},
            balance_after=sum(buckets.values()),
            note=note,
            **more,
        )
        # The entry first: a repeat must be told that it is one, not that the account moved.
        tx.put(entry, only_if=self.entry.id.does_not_exist(), otherwise=AlreadyPosted())
        self._write(tx, account, buckets)

    def _write(self, tx: Transaction, account: Any, buckets: Buckets) -> None:
        model = self.account
        unmoved = model.version == account.version if account.version else model.member_id.does_not_exist()
        tx.update(
            model(member_id=account.member_id),
            [
                model.balance.set(sum(buckets.values())),
                model.buckets.set({name: left for name, left in sorted(buckets.items()) if left}),
                model.version.set(account.version + 1),
            ],
            only_if=unmoved,
            otherwise=AccountMoved(),
        )


def entry_id(kind: str, cause: str) -> str:
    """The id of the one entry of that kind and cause."""
    return f"{kind}#{cause}"


def insistently(act: Callable[[], T]) -> T:
    """*act*, which reads an account, decides and posts, again when the account moved meanwhile.

    :raises AccountMoved: it moves faster than we read.
    """
    for _ in range(TRIES - 1):
        try:
            return act()
        except AccountMoved:
            continue
    return act()


def take_in_order(buckets: Mapping[str, int], amount: int, order: list[str]) -> Buckets:
    """The change that takes *amount* from *buckets* in that order. :raises BalanceTooLow: there is less."""
    change: Buckets = {}
    for name in order:
        part = min(amount, max(buckets.get(name, 0), 0))
        if part:
            change[name] = -part
            amount -= part
    if amount:
        raise BalanceTooLow()
    return change
