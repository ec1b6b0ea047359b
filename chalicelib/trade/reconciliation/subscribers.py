"""Steps of a day, one a message."""

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.reconciliation.comparing import service
from chalicelib.trade.reconciliation.events import CompareDay


@subscribe(CompareDay, queue="payments")
def compare_day(event: CompareDay, tx: Transaction) -> None:
    """Fetch the bill, compare a part of it, or look for what only we have."""
    service.advance(tx, event)
