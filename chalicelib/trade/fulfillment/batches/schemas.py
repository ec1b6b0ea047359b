"""Batches as staff ask for them and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Schema
from chalicelib.mall.catalog.formats.schemas import FileFormat
from chalicelib.mall.catalog.media.schemas import UploadView
from chalicelib.trade.fulfillment.batches.models import Batch, BatchError, BatchStatus


class CreateBatch(Schema):
    """``POST /admin/shipping-batches``."""

    format: FileFormat
    file_name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f/\\]+$")]
    content: Annotated[str, Field(min_length=1, max_length=200_000)] | None = None
    """The file itself, if it is small. Without it, the answer holds a form to upload it with (2 MB)."""


class BatchView(Schema):
    """A batch. Of its ``parcels``, ``position`` are done: ``shipped`` + ``unchanged`` + ``refused``."""

    id: str
    format: FileFormat
    file_name: str
    status: BatchStatus
    reason: str | None
    staff_name: str
    rows: int
    parcels: int
    position: int
    shipped: int
    unchanged: int
    """Were shipped before, under the same waybill."""
    refused: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, batch: Batch) -> BatchView:
        return cls(**{name: getattr(batch, name) for name in cls.model_fields})


class CreatedBatch(Schema):
    """The batch, and the form to upload its file with; null when ``content`` was given."""

    batch: BatchView
    upload: UploadView | None


class BatchErrorView(Schema):
    """A parcel that was not shipped, by its first line in the file."""

    row: int
    order_number: str
    tracking_number: str
    code: str
    issue: str

    @classmethod
    def of(cls, error: BatchError) -> BatchErrorView:
        first = error.cells[0]
        return cls(
            row=int(error.line),
            order_number=first.get("order_number", ""),
            tracking_number=first.get("tracking_number", ""),
            code=error.code,
            issue=error.issue,
        )
