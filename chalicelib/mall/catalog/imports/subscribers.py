"""Imports and exports go on, run by run."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.imports.events import ExportAdvanced, ImportAdvanced
from chalicelib.mall.catalog.imports.exports import service as exports
from chalicelib.mall.catalog.imports.worker import service as worker


@subscribe(ImportAdvanced, queue="catalog")
def advance_import(event: ImportAdvanced, tx: Transaction) -> None:
    """Go on with an import until it ends, or until this run has lasted long enough."""
    if worker.advance(event.import_id):
        tx.emit(event)


@subscribe(ExportAdvanced, queue="catalog")
def advance_export(event: ExportAdvanced, tx: Transaction) -> None:
    """Write the next files of an export."""
    if exports.advance(event.export_id):
        tx.emit(event)
