"""Exports: the ids first, then file by file, so that no run lasts long and no file is too large."""

from __future__ import annotations

import json
import time

from chalicelib.core import clock, ids, pages
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.mall.catalog.imports.errors import ExportNotFound, Overtaken
from chalicelib.mall.catalog.imports.events import ExportAdvanced
from chalicelib.mall.catalog.imports.exports.contents import service as contents
from chalicelib.mall.catalog.imports.models import Export, ExportStatus
from chalicelib.mall.catalog.imports.schemas import CreateExport, ExportView
from chalicelib.mall.catalog.imports.service import CONTENT_TYPES
from chalicelib.mall.catalog.imports.turns.service import saved

PART = 1_000
"""Things in one file."""
RUN_SECONDS = 40.0


def create(asked: CreateExport, staff_name: str) -> ExportView:
    """Ask for an export of all there is."""
    job = Export(
        id=ids.new("exp"),
        status=ExportStatus.QUEUED,
        staff_name=staff_name,
        created_at=clock.now(),
        **asked.model_dump(),
    )
    with Transaction() as tx:
        tx.put(job)
        tx.emit(ExportAdvanced(export_id=job.id))
    return ExportView.of(job, [])


def show(export_id: str) -> ExportView:
    """The export; when it is finished, with fresh links to its files. :raises ExportNotFound:"""
    job = Export.find(export_id, consistent=True) if export_id.startswith("exp_") else None
    if job is None:
        raise ExportNotFound()
    finished = job.status is ExportStatus.FINISHED
    return ExportView.of(job, [_link(job, part) for part in range(job.parts)] if finished else [])


def recent(page: PageQuery) -> Page[ExportView]:
    """Exports, newest first, without links."""
    found, cursor = pages.query(Export.by_kind, "export", limit=page.limit, cursor=page.cursor)
    return Page[ExportView](items=[ExportView.of(job, []) for job in found], cursor=cursor)


def advance(export_id: str) -> bool:
    """Write for some time. :returns: whether there is more to do, in another run."""
    job = Export.find(export_id, consistent=True)
    until = time.monotonic() + RUN_SECONDS
    try:
        while job is not None and job.status is not ExportStatus.FINISHED:
            if time.monotonic() >= until:
                return True
            if job.status is ExportStatus.QUEUED:
                _list(job)
            else:
                _write(job)
    except Overtaken:
        pass
    return False


def _list(job: Export) -> None:
    wanted = contents.every_id(job.subject)
    storage.put(Bucket.WORK, f"tmp/exports/{job.id}/ids", json.dumps(wanted).encode(), "application/json")
    parts = max(1, -(-len(wanted) // PART))
    with saved(job, ExportStatus.WRITING, records=len(wanted), parts=parts):
        pass


def _write(job: Export) -> None:
    stored = storage.get(Bucket.WORK, f"tmp/exports/{job.id}/ids")
    wanted = json.loads(stored or b"[]")[job.parts_done * PART : (job.parts_done + 1) * PART]
    text = contents.file(job.subject, job.format, wanted)
    storage.put(Bucket.WORK, _key(job, job.parts_done), text.encode(), CONTENT_TYPES[job.format])
    done = job.parts_done + 1
    last = done == job.parts
    ended = {"finished_at": clock.now()} if last else {}
    with saved(job, ExportStatus.FINISHED if last else None, parts_done=done, **ended):
        pass


def _key(job: Export, part: int) -> str:
    return f"tmp/exports/{job.id}/{part:04d}"


def _link(job: Export, part: int) -> str:
    name = f"{job.subject}-{clock.business_day(job.created_at):%Y%m%d}-{part + 1}.{job.format}"
    return storage.presign_download(Bucket.WORK, _key(job, part), filename=name)
