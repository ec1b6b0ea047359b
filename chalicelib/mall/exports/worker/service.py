"""A file written step by step: rows, bytes, one object, one save. Algorithm: docs/algorithms/exports.md."""

from __future__ import annotations

import secrets
import time
from datetime import date, timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.mall.exports import service
from chalicelib.mall.exports.errors import FileOvertaken, SourceGone
from chalicelib.mall.exports.models import MALL, STEPS, DataExport, ExportStatus, Position, Problem, SheetState
from chalicelib.mall.exports.schemas import Asked, Row, going_on
from chalicelib.mall.exports.service import KEPT, kinds, object_key
from chalicelib.mall.exports.sheets.service import sheet_of
from chalicelib.mall.identity.staff.operations import service as operations

RUN_SECONDS = 40.0
STEP_ROWS = 2_000
"""Rows between two saves, at least."""
PART_BYTES = 8 * 1024 * 1024
"""A piece of this size stays as it is: S3 joins no parts below 5 MiB, save the last."""
MAX_ROWS = 1_000_000
"""A sheet holds 1,048,576."""


def advance(export_id: str) -> bool:
    """Write for some time. :returns: whether there is more to do, in another run."""
    until = time.monotonic() + RUN_SECONDS
    export = DataExport.find(MALL, export_id, consistent=True)
    if export is None or not going_on(export):
        return False
    run = _Run(export)
    try:
        while going_on(export):
            if time.monotonic() >= until:
                return True
            run.step()
    except FileOvertaken:
        pass  # the other one goes on, or it was canceled
    return False


class _Run:
    """One worker's work on one file. ``pending``: the bytes since the last piece that was large enough."""

    def __init__(self, export: DataExport) -> None:
        self.export = export
        self.kind = kinds[export.kind]
        self.sheet = sheet_of(export.format)
        first, last = date.fromisoformat(export.from_day), date.fromisoformat(export.to_day)
        self.asked = Asked(first, last, export.state, export.as_of, export.question or {})
        stored = storage.get(Bucket.WORK, object_key(export, export.tail)) if export.tail else b""
        if stored is None:
            raise LookupError(f"a piece of {export.id} is gone")
        self.pending = stored

    def step(self) -> None:
        """Some rows more, or the end of the file."""
        state = self.export.sheet.model_copy()
        if self.export.status is ExportStatus.QUEUED:
            self.pending += self.sheet.head(state, self.kind.columns)
        try:
            found, position = self._read()
        except SourceGone:
            return self._fail(Problem.SOURCE_GONE)
        if self.sheet.is_table and state.rows + len(found) > MAX_ROWS:
            return self._fail(Problem.TOO_MANY_ROWS)
        try:
            self.pending += self.sheet.rows(state, self.kind.columns, found)
        except OverflowError:
            return self._fail(Problem.TOO_MANY_ROWS)
        if position.day > self.export.to_day:
            return self._finish(state, position)
        return self._keep(state, position)

    def _read(self) -> tuple[list[Row], Position]:
        """Rows from where the last step ended, and where this one does."""
        position = self.export.position
        day, inner, found = date.fromisoformat(position.day), position.inner, list[Row]()
        while day <= self.asked.to_day and len(found) < STEP_ROWS:
            rows, inner = self.kind.page(self.asked, day, inner)
            found += rows
            if inner is None:
                day += timedelta(days=1)
        return found, Position(day=day.isoformat(), inner=inner)

    def _keep(self, state: SheetState, position: Position) -> None:
        """Everything that was written, as an object that nobody else writes, and then the note of it."""
        name = self._store()
        large = len(self.pending) >= PART_BYTES
        parts, tail = ([*self.export.parts, name], None) if large else (self.export.parts, name)
        self._save(ExportStatus.RUNNING, sheet=state, position=position, parts=parts, tail=tail)
        if large:
            self.pending = b""

    def _finish(self, state: SheetState, position: Position) -> None:
        export = self.export
        self.pending += self.sheet.tail(state, self.kind.columns, self.kind.title)
        name = _new_name()
        parts = [object_key(export, each) for each in export.parts]
        storage.join(Bucket.WORK, object_key(export, name), parts, self.pending, self.sheet.content_type)
        now = clock.now()
        ended = {"finished_at": now, "expires_at": now + KEPT, "file": name}
        self._save(ExportStatus.READY, sheet=state, position=position, **ended)

    def _store(self) -> str:
        name = _new_name()
        storage.put(Bucket.WORK, object_key(self.export, name), self.pending)
        return name

    def _save(self, to: ExportStatus, **changes: Any) -> None:
        """:raises FileOvertaken: another worker has saved since this one did, or the export was canceled."""
        export = self.export
        changes |= {"turn": export.turn + 1, "moved_at": clock.now()}
        actions = [
            getattr(DataExport, name).remove() if value is None else getattr(DataExport, name).set(value)
            for name, value in changes.items()
        ]
        mine, item = DataExport.turn == export.turn, DataExport(id=export.id)
        with Transaction() as tx:
            move(tx, item, DataExport.status, STEPS, to, *actions, also=mine, otherwise=FileOvertaken())
            if to is ExportStatus.READY:
                _note(tx, export, changes["sheet"])
        for name, value in {**changes, "status": to}.items():
            setattr(export, name, value)

    def _fail(self, problem: Problem) -> None:
        with Transaction() as tx:
            service.fail(tx, self.export, problem, otherwise=FileOvertaken())
        self.export.status = ExportStatus.FAILED


def _new_name() -> str:
    # Never one that was there: a worker that another has overtaken must not write over what that one noted.
    return secrets.token_hex(12)


def _note(tx: Transaction, export: DataExport, state: SheetState) -> None:
    asked = ", ".join(f"{name} {value}" for name, value in (export.question or {}).items())
    what = f"{export.kind} ({asked})" if asked else export.kind
    words = f"{state.rows} rows of {what}, {export.from_day} to {export.to_day}, as {export.format}"
    operations.note(
        tx,
        staff_id=export.staff_id,
        staff_name=export.staff_name,
        path=f"/admin/exports/{export.id}",
        summary=f"{words}: {export.purpose}" if export.purpose else words,
    )
