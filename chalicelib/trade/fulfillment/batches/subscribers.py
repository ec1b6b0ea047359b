"""Batches go on, run by run."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.batches.events import BatchAdvanced
from chalicelib.trade.fulfillment.batches.worker import service as worker


@subscribe(BatchAdvanced, queue="fulfillment")
def advance_batch(event: BatchAdvanced, tx: Transaction) -> None:
    """Go on with a batch until it ends, or until this run has lasted long enough."""
    if worker.advance(event.batch_id):
        tx.emit(event)
