"""Every night all balances are added up."""

from __future__ import annotations

from chalicelib.core.jobs import job
from chalicelib.trade.reconciliation.ledgers import service


@job("check_ledgers")
def check_ledgers() -> str:
    """Begin the walk; messages do it. Daily. :returns: its id."""
    return service.start("job")
