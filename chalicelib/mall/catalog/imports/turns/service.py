"""One save of a job: what it wrote and the note that it was written are one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.imports.errors import Overtaken
from chalicelib.mall.catalog.imports.models import (
    EXPORT_STEPS,
    IMPORT_STEPS,
    Export,
    ExportStatus,
    Import,
    ImportStatus,
)


@contextmanager
def saved(job: Import | Export, to: ImportStatus | ExportStatus | None = None, **changes: Any) -> Iterator[Transaction]:
    """A transaction that notes *changes* of the job, and its status *to*, beside what the block adds.

    :raises Overtaken: another worker has saved since *job* was read.
    """
    model = type(job)
    actions = [getattr(model, name).set(value) for name, value in changes.items()]
    actions.append(model.turn.set(job.turn + 1))
    mine = model.turn == job.turn
    with Transaction() as tx:
        if to is None:
            tx.update(model(id=job.id), actions, only_if=mine, otherwise=Overtaken())
        elif isinstance(to, ImportStatus):
            move(tx, model(id=job.id), Import.status, IMPORT_STEPS, to, *actions, also=mine, otherwise=Overtaken())
        else:
            move(tx, model(id=job.id), Export.status, EXPORT_STEPS, to, *actions, also=mine, otherwise=Overtaken())
        yield tx
    for name, value in changes.items():
        setattr(job, name, value)
    job.turn += 1
    if to is not None:
        job.status = to
