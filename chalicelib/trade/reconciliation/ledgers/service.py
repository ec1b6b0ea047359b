"""The walk: eight parts of each ledger, a page a message. Algorithm: docs/algorithms/reconciliation.md."""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core import clock, ids, pages
from chalicelib.core.ledgers import Ledger
from chalicelib.core.plugs import PlugMap
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.trade.reconciliation.ledgers.errors import CheckNotFound, PartMoved
from chalicelib.trade.reconciliation.ledgers.events import CheckLedgerPart
from chalicelib.trade.reconciliation.ledgers.models import MALL, LedgerCheck, LedgerCheckPart, LedgerDifference
from chalicelib.trade.reconciliation.ledgers.schemas import CheckDetail, CheckView, ListChecks

log = logging.getLogger(__name__)
SEGMENTS, PAGE, TRIES, SHOWN = 8, 100, 4, 100

ledgers: PlugMap[Ledger] = PlugMap("ledgers")
"""Name → ledger. Filled by ``chalicelib/extensions.py``."""


@dataclass
class Sums:
    """What the entries of an account come to."""

    entries: int = 0
    amount: int = 0
    buckets: Counter[str] = field(default_factory=Counter)

    def agree_with(self, account: Any) -> bool:
        """Whether they make *account* what it is."""
        mine = (account.balance, account.buckets, account.version)
        return mine == (self.amount, self.left(), self.entries) and sum(account.buckets.values()) == account.balance

    def left(self) -> dict[str, int]:
        return {name: units for name, units in self.buckets.items() if units}


def start(by: str) -> str:
    """Begin a walk. :returns: its id."""
    check = LedgerCheck(id=ids.new("lck"), ledgers=sorted(ledgers), started_at=clock.now(), started_by=by)
    with Transaction() as tx:
        tx.put(check)
        for name in check.ledgers:
            for segment in range(SEGMENTS):
                tx.put(LedgerCheckPart(check_id=check.id, part=_part(name, segment)))
                tx.emit(CheckLedgerPart(check_id=check.id, ledger=name, segment=segment))
    return check.id


def find(asked: ListChecks) -> Page[CheckView]:
    """Walks, newest first."""
    found, cursor = pages.query(LedgerCheck, MALL, limit=asked.limit, cursor=asked.cursor)
    return Page[CheckView](items=[CheckView.of(each) for each in found], cursor=cursor)


def show(check_id: str) -> CheckDetail:
    """:raises CheckNotFound:"""
    check = LedgerCheck.find(MALL, check_id, consistent=True)
    if check is None:
        raise CheckNotFound()
    parts = list(LedgerCheckPart.query(check_id, consistent_read=True))
    return CheckDetail.told(check, parts, list(LedgerDifference.query(check_id, limit=SHOWN)))


def walk(tx: Transaction, event: CheckLedgerPart) -> None:
    """The next page of a part. A page that comes again finds what it found before.

    :raises PartMoved: (at commit) it was done meanwhile.
    """
    part = LedgerCheckPart.find(event.check_id, _part(event.ledger, event.segment), consistent=True)
    if part is None or part.done or part.step != event.step:
        return
    ledger = ledgers[event.ledger]
    start_at = json.loads(part.cursor) if part.cursor else None
    page = ledger.account.scan(
        segment=event.segment,
        total_segments=SEGMENTS,
        limit=PAGE,
        page_size=PAGE,
        last_evaluated_key=start_at,
        consistent_read=True,
    )
    accounts = list(page)
    wrong = [each for each in accounts if not _is_sound(event, ledger, each)]
    after = page.last_evaluated_key
    _note(tx, part, len(accounts), len(wrong), json.dumps(after) if after else None)
    if after:
        tx.emit(CheckLedgerPart(**event.model_dump(exclude={"step"}), step=event.step + 1))


def sums_of(ledger: Ledger, member_id: str) -> Sums:
    """All entries of an account, added up. Consistent."""
    sums = Sums()
    for entry in ledger.entry.query(member_id, consistent_read=True):
        sums.entries += 1
        sums.amount += entry.amount
        for name, change in entry.buckets.items():
            sums.buckets[name] += change
    return sums


def _is_sound(event: CheckLedgerPart, ledger: Ledger, account: Any) -> bool:
    """Whether an account is the sum of its entries; if not, that is kept. What moves meanwhile is read again."""
    for _ in range(TRIES):
        sums = sums_of(ledger, account.member_id)
        if sums.agree_with(account):
            return True
        read, account = account, ledger.open(account.member_id)
        if read.version == account.version:
            _keep(event, account, sums)
            return False
    log.info("an account moves faster than we read", extra={"ledger": event.ledger})
    return True


def _keep(event: CheckLedgerPart, account: Any, sums: Sums) -> None:
    extra = {"alarm": True, "ledger": event.ledger, "check_id": event.check_id}
    log.error("a balance is not the sum of its ledger", extra=extra)
    with Transaction() as tx:
        tx.put(
            LedgerDifference(
                check_id=event.check_id,
                account=f"{event.ledger}#{account.member_id}",
                ledger=event.ledger,
                member_id=account.member_id,
                balance=account.balance,
                entries_sum=sums.amount,
                buckets=account.buckets,
                entries_buckets=sums.left(),
                postings=account.version,
                entries=sums.entries,
                found_at=clock.now(),
            )
        )


def _note(tx: Transaction, part: LedgerCheckPart, accounts: int, wrong: int, cursor: str | None) -> None:
    tx.update(
        LedgerCheckPart(check_id=part.check_id, part=part.part),
        [
            LedgerCheckPart.step.set(part.step + 1),
            LedgerCheckPart.cursor.set(cursor) if cursor else LedgerCheckPart.cursor.remove(),
            LedgerCheckPart.done.set(cursor is None),
            LedgerCheckPart.accounts.set(part.accounts + accounts),
            LedgerCheckPart.wrong.set(part.wrong + wrong),
        ],
        only_if=LedgerCheckPart.step == part.step,
        otherwise=PartMoved(),
    )


def _part(ledger: str, segment: int) -> str:
    return f"{ledger}#{segment:03d}"
