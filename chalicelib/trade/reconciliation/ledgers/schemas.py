"""What staff see of ledger checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.trade.reconciliation.ledgers.models import LedgerCheck, LedgerCheckPart, LedgerDifference


class ListChecks(PageQuery):
    """``GET /admin/ledger-checks``."""


class CheckView(Schema):
    """A walk through all accounts."""

    id: str
    ledgers: list[str]
    started_at: datetime
    started_by: str

    @classmethod
    def of(cls, check: LedgerCheck) -> CheckView:
        return cls.model_validate({name: getattr(check, name) for name in CheckView.model_fields})


class LedgerDifferenceView(Schema):
    """An account that is not the sum of its entries; units are the ledger's own (fen, points, pieces)."""

    ledger: str
    account: str
    """The ledger's name, ``#``, and whose account it is; of ``codes``: the stock of a SKU, its owner and the SKU."""
    member_id: str | None
    balance: int
    entries_sum: int
    buckets: dict[str, int]
    entries_buckets: dict[str, int]
    postings: int
    entries: int
    found_at: datetime

    @classmethod
    def of(cls, stored: LedgerDifference) -> LedgerDifferenceView:
        return cls.model_validate({name: getattr(stored, name) for name in cls.model_fields})


class CheckDetail(CheckView):
    """With what it found so far."""

    done: bool
    accounts: int
    wrong: int
    differences: list[LedgerDifferenceView]
    """At most 100 of them."""

    @classmethod
    def told(
        cls, check: LedgerCheck, parts: Sequence[LedgerCheckPart], differences: Sequence[LedgerDifference]
    ) -> CheckDetail:
        return cls(
            **CheckView.of(check).model_dump(),
            done=all(part.done for part in parts),
            accounts=sum(part.accounts for part in parts),
            wrong=sum(part.wrong for part in parts),
            differences=[LedgerDifferenceView.of(each) for each in differences],
        )
