"""The walk: eight parts of each book, a page a message. Algorithm: docs/algorithms/reconciliation.md."""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

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


@dataclass(frozen=True)
class Mismatch:
    """What a row says, and what its entries come to."""

    balance: int
    entries_sum: int
    buckets: dict[str, int]
    entries_buckets: dict[str, int]
    postings: int = 0
    """How many entries there should be; 0 where the row does not count them."""
    entries: int = 0
    member_id: str | None = None


class Book(Protocol):
    """Rows, each of which must at every moment be what its entries come to."""

    @property
    def account(self) -> type[Any]:
        """The table that is walked through."""

    def name_of(self, row: Any) -> str | None:
        """Under what a difference of the row is kept; None: the row is of no concern."""

    def mismatch(self, row: Any) -> Mismatch | None:
        """None: the row, as it was read, is what its entries come to now."""

    def moved(self, row: Any) -> Any | None:
        """The row as it is now (consistent), if it was written since *row* was read."""


ledgers: PlugMap[Ledger] = PlugMap("ledgers")
"""Name → ledger. Filled by ``chalicelib/extensions.py``."""
other_books: PlugMap[Book] = PlugMap("other_books")
"""Name → book that is no ledger. Filled by ``chalicelib/extensions.py``."""


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


@dataclass(frozen=True)
class LedgerBook:
    """The accounts of a ledger."""

    ledger: Ledger

    @property
    def account(self) -> type[Any]:
        model: type[Any] = self.ledger.account
        return model

    def name_of(self, row: Any) -> str:
        return str(row.member_id)

    def mismatch(self, row: Any) -> Mismatch | None:
        sums = sums_of(self.ledger, row.member_id)
        if sums.agree_with(row):
            return None
        return Mismatch(
            balance=row.balance,
            entries_sum=sums.amount,
            buckets=row.buckets,
            entries_buckets=sums.left(),
            postings=row.version,
            entries=sums.entries,
            member_id=row.member_id,
        )

    def moved(self, row: Any) -> Any | None:
        now = self.ledger.open(row.member_id)
        return now if now.version != row.version else None


def books() -> dict[str, Book]:
    """All that is walked through, by name."""
    return {**{name: LedgerBook(each) for name, each in ledgers.items()}, **other_books}


def start(by: str) -> str:
    """Begin a walk. :returns: its id."""
    check = LedgerCheck(id=ids.new("lck"), ledgers=sorted(books()), started_at=clock.now(), started_by=by)
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
    book = books()[event.ledger]
    start_at = json.loads(part.cursor) if part.cursor else None
    page = book.account.scan(
        segment=event.segment,
        total_segments=SEGMENTS,
        limit=PAGE,
        page_size=PAGE,
        last_evaluated_key=start_at,
        consistent_read=True,
    )
    accounts = [each for each in page if book.name_of(each) is not None]
    wrong = [each for each in accounts if not _is_sound(event, book, each)]
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


def _is_sound(event: CheckLedgerPart, book: Book, row: Any) -> bool:
    """Whether a row is what its entries come to; if not, that is kept. What moves meanwhile is read again."""
    for _ in range(TRIES):
        wrong = book.mismatch(row)
        if wrong is None:
            return True
        now = book.moved(row)
        if now is None:
            _keep(event, str(book.name_of(row)), wrong)
            return False
        row = now
    log.info("an account moves faster than we read", extra={"ledger": event.ledger})
    return True


def _keep(event: CheckLedgerPart, name: str, wrong: Mismatch) -> None:
    extra = {"alarm": True, "ledger": event.ledger, "check_id": event.check_id}
    log.error("a balance is not the sum of its ledger", extra=extra)
    with Transaction() as tx:
        tx.put(
            LedgerDifference(
                check_id=event.check_id,
                account=f"{event.ledger}#{name}",
                ledger=event.ledger,
                found_at=clock.now(),
                **asdict(wrong),
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
