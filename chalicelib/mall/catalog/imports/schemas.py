"""Imports and exports as staff ask for them and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.mall.catalog.formats.schemas import FileFormat
from chalicelib.mall.catalog.imports.models import (
    Export,
    ExportStatus,
    Import,
    ImportIssue,
    ImportStatus,
    OnError,
    Subject,
)
from chalicelib.mall.catalog.media.schemas import UploadView


class CreateImport(Schema):
    """``POST /admin/imports``."""

    subject: Subject
    format: FileFormat
    file_name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f/\\]+$")]
    on_error: OnError = OnError.NOTHING
    content: Annotated[str, Field(min_length=1, max_length=200_000)] | None = None
    """The file itself, if it is small. Without it, the answer holds a form to upload it with."""


class ImportView(Schema):
    """An import. ``records``: the categories, brands or products that the ``rows`` speak of."""

    id: str
    subject: Subject
    format: FileFormat
    file_name: str
    on_error: OnError
    status: ImportStatus
    reason: str | None
    staff_name: str
    rows: int
    records: int
    bad_rows: int
    bad: int
    created: int
    changed: int
    unchanged: int
    issues: int
    """Issues that are kept and can be listed: at most 1,000."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Import) -> ImportView:
        return cls(**{name: getattr(job, name) for name in ImportView.model_fields})


class CreatedImport(Schema):
    """The import, and the form to upload its file with; null when ``content`` was given."""

    job: ImportView
    upload: UploadView | None


class IssueView(Schema):
    """Something wrong in line ``row`` of the file."""

    row: int
    field: str
    issue: str

    @classmethod
    def of(cls, issue: ImportIssue) -> IssueView:
        return cls(row=issue.row, field=issue.field, issue=issue.issue)


class CreateExport(Schema):
    """``POST /admin/catalog-exports``."""

    subject: Subject
    format: FileFormat


class ExportView(Schema):
    """An export. ``links``: the files, for fifteen minutes; ask again for new links. Files are kept for seven days."""

    id: str
    subject: Subject
    format: FileFormat
    status: ExportStatus
    staff_name: str
    records: int
    parts: int
    parts_done: int
    links: list[str]
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Export, links: list[str]) -> ExportView:
        names = [name for name in cls.model_fields if name != "links"]
        return cls(**{name: getattr(job, name) for name in names}, links=links)
