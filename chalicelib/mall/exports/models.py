"""Exports: what was asked, by whom, and how far the file is."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.states import Steps
from chalicelib.core.tables import (
    DocumentAttribute,
    EnumAttribute,
    IntAttribute,
    Table,
    TimeAttribute,
    table_name,
)

MALL = "mall"


class SheetFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    LINES = "txt"
    """One value a line and nothing else: for machines of others. Only kinds that are not asked for by days."""


class ExportStatus(StrEnum):
    """Where an export stands."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    """Shown, never stored: ready, and its file is deleted."""


STEPS = Steps(
    {
        ExportStatus.QUEUED: [ExportStatus.RUNNING, ExportStatus.READY, ExportStatus.FAILED, ExportStatus.CANCELED],
        ExportStatus.RUNNING: [ExportStatus.RUNNING, ExportStatus.READY, ExportStatus.FAILED, ExportStatus.CANCELED],
        ExportStatus.FAILED: [ExportStatus.QUEUED],
        ExportStatus.CANCELED: [ExportStatus.QUEUED],
        ExportStatus.READY: [ExportStatus.QUEUED],  # once its file is deleted
    }
)
GOING_ON = (ExportStatus.QUEUED, ExportStatus.RUNNING)


class Problem(StrEnum):
    """Why an export failed."""

    TOO_MANY_ROWS = "too_many_rows"
    """More than a sheet holds: ask for fewer days."""
    STUCK = "stuck"
    """It did not move for an hour. The operators were told by the queue's alarm."""
    SOURCE_GONE = "source_gone"
    """What it was made of is deleted by now."""


class SheetState(BaseModel):
    """What the next piece of a file must know of those before it."""

    rows: int = 0
    """Under the headings."""
    size: int = 0
    """Bytes of the file."""
    raw: int = 0
    """Bytes of the sheet before it was packed, and their checksum."""
    crc: int = 0


class Position(BaseModel):
    """The day that is next, and where in it; ``inner`` is the kind's own."""

    day: str
    inner: Any = None


class ByStaff(GlobalSecondaryIndex["DataExport"]):
    class Meta:
        index_name = "by_staff"
        projection = AllProjection()

    staff_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class DataExport(Table):
    """One file. ``turn`` counts the saves: a worker that another has overtaken can save no more."""

    class Meta:
        table_name = table_name("data_exports")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    format = EnumAttribute(SheetFormat)
    from_day = UnicodeAttribute()
    to_day = UnicodeAttribute()
    state = UnicodeAttribute(null=True)
    """Only what is in this state, in the words of the kind."""
    question = DocumentAttribute[dict[str, Any]](dict[str, Any], null=True)
    """What is asked beside days, in the words of the kind."""
    purpose = UnicodeAttribute(null=True)
    """What for, where the kind wants to know: stays on record."""
    expected = IntAttribute(null=True)
    """Rows at most, where that is known before they are read."""
    status = EnumAttribute(ExportStatus)
    staff_id = UnicodeAttribute()
    staff_name = UnicodeAttribute()
    created_at = TimeAttribute()
    as_of = TimeAttribute()
    """What came later is not in the file."""
    moved_at = TimeAttribute()
    finished_at = TimeAttribute(null=True)
    expires_at = TimeAttribute(null=True)
    """When the file is deleted: the lifecycle of ``tmp/`` in infra/aws/data.yaml."""
    attempt = IntAttribute(default=1)
    turn = IntAttribute(default=0)
    position = DocumentAttribute[Position](Position)
    sheet = DocumentAttribute[SheetState](SheetState)
    parts = DocumentAttribute[list[str]](list[str])
    """Names of the pieces that are large enough to be parts of an upload. At most 500: the rows are bounded."""
    tail = UnicodeAttribute(null=True)
    """The piece after them."""
    file = UnicodeAttribute(null=True)
    links = IntAttribute(default=0)
    """How often a link to the file was given out."""
    fetched_at = TimeAttribute(null=True)
    """When that was, last."""
    problem = EnumAttribute(Problem, null=True)

    by_staff = ByStaff()
