"""Batches as staff see them: make one, upload, start, look, take the errors home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from chalicelib.core import clock, ids, pages
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.mall.catalog.formats.schemas import FileFormat
from chalicelib.mall.catalog.media.schemas import UploadView
from chalicelib.trade.fulfillment.batches.errors import BatchFileMissing, BatchNotFound, BatchOver
from chalicelib.trade.fulfillment.batches.events import BatchAdvanced
from chalicelib.trade.fulfillment.batches.files import service as files
from chalicelib.trade.fulfillment.batches.models import (
    BATCH_STEPS,
    KIND,
    MAX_BYTES,
    RUNNING,
    Batch,
    BatchError,
    BatchStatus,
)
from chalicelib.trade.fulfillment.batches.schemas import BatchErrorView, BatchView, CreateBatch, CreatedBatch
from chalicelib.trade.fulfillment.batches.worker.service import file_key

CONTENT_TYPES = {FileFormat.JSONL: "application/jsonl", FileFormat.CSV: "text/csv"}


def create(asked: CreateBatch, staff_name: str) -> CreatedBatch:
    """Make a batch that waits for its file, or has it already."""
    batch = Batch(
        id=ids.new("bat"),
        format=asked.format,
        file_name=asked.file_name,
        status=BatchStatus.WAITING,
        staff_name=staff_name,
        created_at=clock.now(),
    )
    key, content_type, upload = file_key(batch.id), CONTENT_TYPES[asked.format], None
    if asked.content is None:
        upload = UploadView(**asdict(storage.presign_work_upload(key, content_type, MAX_BYTES)))
    else:
        storage.put(Bucket.WORK, key, asked.content.encode(), content_type)
    with Transaction() as tx:
        tx.put(batch)
    return CreatedBatch(batch=BatchView.of(batch), upload=upload)


def start(batch_id: str) -> BatchView:
    """Let the worker begin, or go on if it gave up.

    :raises BatchNotFound, BatchFileMissing, BatchOver:
    """
    batch = load(batch_id)
    if batch.status is BatchStatus.WAITING and storage.head(Bucket.WORK, file_key(batch.id)) is None:
        raise BatchFileMissing()
    with Transaction() as tx:
        if batch.status in RUNNING:
            tx.check(Batch(id=batch.id), only_if=Batch.status.is_in(*RUNNING), otherwise=BatchOver())
        else:
            started = Batch.started_at.set(clock.now())
            move(tx, Batch(id=batch.id), Batch.status, BATCH_STEPS, BatchStatus.QUEUED, started, otherwise=BatchOver())
        tx.emit(BatchAdvanced(batch_id=batch.id))
    return show(batch_id)


def load(batch_id: str) -> Batch:
    """The batch, this moment. :raises BatchNotFound:"""
    batch = Batch.find(batch_id, consistent=True)
    if batch is None:
        raise BatchNotFound()
    return batch


def show(batch_id: str) -> BatchView:
    """The batch as staff see it. :raises BatchNotFound:"""
    return BatchView.of(load(batch_id))


def recent(page: PageQuery) -> Page[BatchView]:
    """Batches, newest first."""
    found, cursor = pages.query(Batch.by_kind, KIND, limit=page.limit, cursor=page.cursor)
    return Page[BatchView](items=[BatchView.of(batch) for batch in found], cursor=cursor)


def errors(batch_id: str, page: PageQuery) -> Page[BatchErrorView]:
    """What was not shipped, by line. :raises BatchNotFound:"""
    load(batch_id)
    found, cursor = pages.query(
        BatchError, batch_id, limit=page.limit, cursor=page.cursor, newest_first=False, consistent=True
    )
    return Page[BatchErrorView](items=[BatchErrorView.of(each) for each in found], cursor=cursor)


def errors_sheet(batch_id: str) -> str:
    """What was not shipped as a file that can be mended and sent again. :raises BatchNotFound:"""
    load(batch_id)
    return files.errors_sheet((each.cells, each.issue) for each in _each_error(batch_id))


def _each_error(batch_id: str) -> Iterator[BatchError]:
    # A file has at most 5,000 rows, so this ends.
    return iter(BatchError.query(batch_id, consistent_read=True))
