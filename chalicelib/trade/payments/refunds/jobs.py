"""No refund is left hanging."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.jobs import job
from chalicelib.core.transaction import Transaction
from chalicelib.trade.payments.refunds.events import CheckRefund
from chalicelib.trade.payments.refunds.models import IN_FLIGHT, Refund

BATCH = 50
MOST = 1000


@job("poll_refunds")
def poll_refunds() -> int:
    """Have the channel asked about every refund that is due; each alone, so that a bad one stops none.

    :returns: how many. What is above a thousand waits for the next run, oldest first.
    """
    due = [
        refund.id
        for status in IN_FLIGHT
        for refund in Refund.by_status.query(status.value, filter_condition=Refund.check_at <= clock.now(), limit=MOST)
    ]
    for start in range(0, len(due), BATCH):
        with Transaction() as tx:
            for refund_id in due[start : start + BATCH]:
                tx.emit(CheckRefund(refund_id=refund_id))
    return len(due)
