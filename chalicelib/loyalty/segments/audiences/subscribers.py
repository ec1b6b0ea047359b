"""Lists and files are made piece by piece."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments.audiences import service
from chalicelib.loyalty.segments.audiences.events import FreezeMembers, WriteExport
from chalicelib.loyalty.segments.audiences.exports import service as exports


@subscribe(FreezeMembers, queue="catalog")
def freeze_members(event: FreezeMembers, tx: Transaction) -> None:
    """The next page of a list."""
    service.freeze(tx, event)


@subscribe(WriteExport, queue="catalog")
def write_export(event: WriteExport, tx: Transaction) -> None:
    """The next piece of a file."""
    exports.write(tx, event)
