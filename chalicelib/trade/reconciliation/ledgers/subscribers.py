"""Pages of the walk through the ledgers."""

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.reconciliation.ledgers import service
from chalicelib.trade.reconciliation.ledgers.events import CheckLedgerPart


@subscribe(CheckLedgerPart, queue="reactions")
def check_ledger_part(event: CheckLedgerPart, tx: Transaction) -> None:
    """The next page of a part."""
    service.walk(tx, event)
