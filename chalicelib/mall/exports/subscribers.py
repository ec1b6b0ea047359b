"""Files are written run by run, and given up when they stand still."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.exports import service
from chalicelib.mall.exports.events import FileOverdue, WriteFile
from chalicelib.mall.exports.worker import service as worker


@subscribe(WriteFile, queue="catalog")
def write_file(event: WriteFile, tx: Transaction) -> None:
    """Write some of the rows."""
    if worker.advance(event.export_id):
        tx.emit(event)


@subscribe(FileOverdue, queue="catalog")
def give_up_stuck_file(event: FileOverdue, tx: Transaction) -> None:
    """Give up a file that has not moved."""
    service.give_up_if_stuck(tx, event)
