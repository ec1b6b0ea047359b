"""Imports as staff see them: make one, upload, start, look."""

from __future__ import annotations

from dataclasses import asdict

from chalicelib.core import clock, ids, pages
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.mall.catalog.formats.schemas import FileFormat
from chalicelib.mall.catalog.imports.chunks import service as chunks
from chalicelib.mall.catalog.imports.errors import ImportFileMissing, ImportNotFound, ImportOver
from chalicelib.mall.catalog.imports.events import ImportAdvanced
from chalicelib.mall.catalog.imports.models import IMPORT_STEPS, RUNNING, Import, ImportIssue, ImportStatus
from chalicelib.mall.catalog.imports.schemas import CreatedImport, CreateImport, ImportView, IssueView
from chalicelib.mall.catalog.media.schemas import UploadView

MAX_BYTES = 32 * 1024 * 1024
CONTENT_TYPES = {FileFormat.JSONL: "application/jsonl", FileFormat.CSV: "text/csv"}


def create(asked: CreateImport, staff_name: str) -> CreatedImport:
    """Make an import that waits for its file, or has it already."""
    job = Import(
        id=ids.new("imp"),
        status=ImportStatus.WAITING,
        staff_name=staff_name,
        created_at=clock.now(),
        **asked.model_dump(exclude={"content"}),
    )
    content_type = CONTENT_TYPES[asked.format]
    upload = None
    if asked.content is None:
        upload = UploadView(**asdict(storage.presign_work_upload(chunks.file_key(job), content_type, MAX_BYTES)))
    else:
        storage.put(storage.Bucket.WORK, chunks.file_key(job), asked.content.encode(), content_type)
    with Transaction() as tx:
        tx.put(job)
    return CreatedImport(job=ImportView.of(job), upload=upload)


def start(import_id: str) -> ImportView:
    """Begin, or go on after a worker gave up. :raises ImportNotFound, ImportFileMissing, ImportOver:"""
    job = load(import_id)
    if job.status not in {ImportStatus.WAITING, *RUNNING}:
        raise ImportOver()
    if storage.head(storage.Bucket.WORK, chunks.file_key(job)) is None:
        raise ImportFileMissing()
    with Transaction() as tx:
        if job.status is ImportStatus.WAITING:
            started = Import.started_at.set(clock.now())
            move(
                tx, Import(id=job.id), Import.status, IMPORT_STEPS, ImportStatus.QUEUED, started, otherwise=ImportOver()
            )
        tx.emit(ImportAdvanced(import_id=job.id))
    return show(import_id)


def load(import_id: str) -> Import:
    """The import, this moment. :raises ImportNotFound:"""
    # Imports and exports share a table; the prefix tells them apart.
    job = Import.find(import_id, consistent=True) if import_id.startswith("imp_") else None
    if job is None:
        raise ImportNotFound()
    return job


def show(import_id: str) -> ImportView:
    """The import as staff see it. :raises ImportNotFound:"""
    return ImportView.of(load(import_id))


def recent(page: PageQuery) -> Page[ImportView]:
    """Imports, newest first."""
    found, cursor = pages.query(Import.by_kind, "import", limit=page.limit, cursor=page.cursor)
    return Page[ImportView](items=[ImportView.of(job) for job in found], cursor=cursor)


def issues(import_id: str, page: PageQuery) -> Page[IssueView]:
    """What was wrong, by line. :raises ImportNotFound:"""
    load(import_id)
    found, cursor = pages.query(
        ImportIssue, import_id, limit=page.limit, cursor=page.cursor, newest_first=False, consistent=True
    )
    return Page[IssueView](items=[IssueView.of(each) for each in found], cursor=cursor)
