"""What happens to a walk through the ledgers."""

from chalicelib.core.events import Event


class CheckLedgerPart(Event):
    """The next page of a part is due."""

    check_id: str
    ledger: str
    segment: int
    step: int = 0
