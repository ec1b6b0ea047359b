"""Every morning the day before is compared with the channel's bill."""

from __future__ import annotations

from chalicelib.core.jobs import job
from chalicelib.trade.reconciliation import service


@job("reconcile_payments")
def reconcile_payments() -> list[str]:
    """Begin the days that are due, from ten in the morning; messages do the rest. Hourly. :returns: the days."""
    return service.begin_due()
