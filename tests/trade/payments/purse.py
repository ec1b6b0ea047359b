"""An account of the mall's own that pays, as small as can be: whatever pays in parts must do what this one does."""

from __future__ import annotations

from chalicelib.core.ledgers import Ledger
from chalicelib.core.transaction import Transaction
from tests.core.things import Purse, PurseEntry

LEDGER = Ledger(Purse, PurseEntry)


class PurseTender:
    """Everything in one bucket."""

    name = "purse"

    def available(self, member_id: str) -> int:
        return int(LEDGER.open(member_id).balance)

    def hold(self, tx: Transaction, member_id: str, amount: int, cause: str) -> None:
        LEDGER.post(tx, LEDGER.open(member_id), "paid", cause, {"money": -amount})

    def release(self, tx: Transaction, member_id: str, amount: int, cause: str) -> None:
        LEDGER.post(tx, LEDGER.open(member_id), "returned", cause, {"money": amount})

    def refund(self, tx: Transaction, member_id: str, payment_id: str, amount: int, cause: str) -> None:
        LEDGER.post(tx, LEDGER.open(member_id), "refunded", cause, {"money": amount})


def fill(member_id: str, amount: int, cause: str = "gift") -> None:
    with Transaction() as tx:
        LEDGER.post(tx, LEDGER.open(member_id), "filled", cause, {"money": amount})


def balance(member_id: str) -> int:
    return int(LEDGER.open(member_id).balance)
