"""How an import goes on: split, check every record, write one by one. See docs/catalog-files.md, "What happens".

What a record writes and the note that it was written are one transaction: a worker that dies is taken over at
exactly its place, and two workers never both go on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from chalicelib.core import clock
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.mall.catalog.formats import service as formats
from chalicelib.mall.catalog.formats.errors import FileUnreadable
from chalicelib.mall.catalog.formats.schemas import Record
from chalicelib.mall.catalog.imports.chunks import service as chunks
from chalicelib.mall.catalog.imports.errors import Overtaken
from chalicelib.mall.catalog.imports.issues import service as issues
from chalicelib.mall.catalog.imports.models import (
    RUNNING,
    Import,
    ImportStatus,
    OnError,
    Subject,
)
from chalicelib.mall.catalog.imports.subjects.products.service import Products
from chalicelib.mall.catalog.imports.subjects.schemas import ImportSubject
from chalicelib.mall.catalog.imports.subjects.taxonomy.service import BrandRows, Categories
from chalicelib.mall.catalog.imports.turns.service import saved
from chalicelib.mall.catalog.products.errors import ProductCodeTaken, StaleProduct
from chalicelib.mall.catalog.taxonomy.errors import TaxonomyEdited
from chalicelib.mall.inventory.errors import AlreadyDeclared

log = logging.getLogger(__name__)

RUN_SECONDS = 40.0
"""A run ends after this and asks for the next one; the function has three times as long."""
TRIES = 5
SUBJECTS: dict[Subject, ImportSubject] = {
    Subject.PRODUCTS: Products(),
    Subject.CATEGORIES: Categories(),
    Subject.BRANDS: BrandRows(),
}
_STALE = (StaleProduct, ProductCodeTaken, TaxonomyEdited, AlreadyDeclared)
"""What was read is no longer so: read again, plan again."""


def advance(import_id: str) -> bool:
    """Go on for some time. :returns: whether there is more to do, in another run."""
    job = Import.find(import_id, consistent=True)
    until = time.monotonic() + RUN_SECONDS
    try:
        while job is not None and job.status in RUNNING:
            if time.monotonic() >= until:
                return True
            _step(job, until)
    except Overtaken:
        log.info("another worker is ahead", extra={"import_id": import_id})
    return False


def _step(job: Import, until: float) -> None:
    match job.status:
        case ImportStatus.QUEUED:
            _split(job)
        case ImportStatus.CHECKING:
            _check(job)
        case _:
            _write(job, until)


def _split(job: Import) -> None:
    """Cut the file into chunks of records."""
    subject = SUBJECTS[job.subject]
    counts = {"rows": 0, "records": 0, "chunks": 0}
    part: list[Record] = []
    try:
        text = formats.decode(chunks.read_file(job))
        for record in subject.records(formats.rows(text, job.format, subject.columns), job.format):
            counts["rows"] += len(record.lines)
            counts["records"] += 1
            part.append(record)
            if len(part) == subject.chunk_size:
                _keep(job, counts, part)
        _keep(job, counts, part)
        if not counts["records"]:
            raise FileUnreadable(reason="文件里没有数据")
    except FileUnreadable as error:
        with saved(job, ImportStatus.FAILED, reason=error.details["reason"], finished_at=clock.now()):
            return
    with saved(job, ImportStatus.CHECKING, **counts):
        pass


def _keep(job: Import, counts: dict[str, int], part: list[Record]) -> None:
    if part:
        chunks.write(job, "all", counts["chunks"], part)
        counts["chunks"] += 1
        part.clear()


def _check(job: Import) -> None:
    """Check one chunk: note what is bad, keep what is good."""
    subject = SUBJECTS[job.subject]
    records = chunks.read(job, "all", job.chunk)
    state, good, bad = subject.load(records), list[Record](), list[Record]()
    for record in records:
        try:
            planned = None if record.issues else subject.plan(state, record)
        except (ValidationError, DomainError) as error:
            record.issues = issues.of(error, record, subject.columns)
        if record.issues:
            bad.append(record)
            continue
        good.append(record)
        if planned is not None:
            subject.assume(state, planned)
    chunks.write(job, "good", job.chunk, good)
    kept = issues.keep(job, bad)
    last = job.chunk + 1 == job.chunks
    counts: dict[str, Any] = {
        "bad": job.bad + len(bad),
        "bad_rows": job.bad_rows + sum(len(record.lines) for record in bad),
        "issues": job.issues + kept,
        "chunk": 0 if last else job.chunk + 1,
    }
    if not last:
        with saved(job, **counts):
            return
    refused = counts["bad"] > 0 and job.on_error is OnError.NOTHING
    ended = {"finished_at": clock.now()} if refused else {}
    with saved(job, ImportStatus.REFUSED if refused else ImportStatus.WRITING, **counts, **ended):
        pass


def _write(job: Import, until: float) -> None:
    """Write the good records of one chunk, each whole, in a transaction of its own."""
    subject, records = SUBJECTS[job.subject], chunks.read(job, "good", job.chunk)
    run = _Run(job, subject, records, subject.load(records[job.position :]))
    for position in range(job.position, len(records)):
        if time.monotonic() >= until:
            with saved(job, position=position, unchanged=job.unchanged + run.unchanged):
                return
        run.take(records[position], position + 1)
    unchanged = job.unchanged + run.unchanged
    if job.chunk + 1 < job.chunks:
        with saved(job, chunk=job.chunk + 1, position=0, unchanged=unchanged):
            return
    with saved(job, ImportStatus.FINISHED, position=0, unchanged=unchanged, finished_at=clock.now()):
        pass


@dataclass
class _Run:
    """The writing of one chunk. ``unchanged``: records since the last save that changed nothing."""

    job: Import
    subject: ImportSubject
    records: Sequence[Record]
    state: Any
    unchanged: int = 0

    def take(self, record: Record, position: int) -> None:
        """Write *record* and note that *position* records are done."""
        for _ in range(TRIES):
            try:
                self._write(record, position)
                return
            except _STALE:
                self.state = self.subject.load(self.records)
            except (TooBusy, Overtaken):
                raise
            except (ValidationError, DomainError) as error:
                self._give_up(record, position, error)
                return
        raise TooBusy()

    def _write(self, record: Record, position: int) -> None:
        planned = self.subject.plan(self.state, record)
        if planned is None:
            self.unchanged += 1
            return
        prepared, job = self.subject.prepare(planned), self.job
        counts: dict[str, Any] = {"created": job.created + 1} if planned.is_new else {"changed": job.changed + 1}
        with saved(job, position=position, unchanged=job.unchanged + self.unchanged, **counts) as tx:
            self.subject.write(tx, self.state, planned, prepared)
        self.unchanged = 0
        self.subject.assume(self.state, planned)

    def _give_up(self, record: Record, position: int, error: ValidationError | DomainError) -> None:
        """What was good when it was checked, and is bad now: its category is gone, say. It is left out."""
        job, record.issues = self.job, issues.of(error, record, self.subject.columns)
        counts: dict[str, Any] = {
            "issues": job.issues + issues.keep(job, [record]),
            "bad": job.bad + 1,
            "bad_rows": job.bad_rows + len(record.lines),
        }
        with saved(job, position=position, unchanged=job.unchanged + self.unchanged, **counts):
            self.unchanged = 0
