"""Shipping batches: what was asked, how far it came, what was refused."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.mall.catalog.formats.schemas import FileFormat

KIND = "batch"
MAX_ROWS = 5_000
MAX_BYTES = 2 * 1024 * 1024


class BatchStatus(StrEnum):
    """Where a batch stands."""

    WAITING = "waiting"
    """For its file, and to be started."""
    QUEUED = "queued"
    SHIPPING = "shipping"
    FINISHED = "finished"
    FAILED = "failed"
    """The file could not be read; nothing was shipped."""


BATCH_STEPS = Steps(
    {
        BatchStatus.WAITING: [BatchStatus.QUEUED],
        BatchStatus.QUEUED: [BatchStatus.SHIPPING, BatchStatus.FAILED],
        BatchStatus.SHIPPING: [BatchStatus.FINISHED, BatchStatus.FAILED],
    }
)
RUNNING = (BatchStatus.QUEUED, BatchStatus.SHIPPING)


class ByKind(GlobalSecondaryIndex["Batch"]):
    class Meta:
        index_name = "by_kind"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Batch(Table):
    """One file of parcels. ``turn`` counts the saves: a worker that another has overtaken can save no more."""

    class Meta:
        table_name = table_name("shipping_batches")

    id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(default=KIND)
    format = EnumAttribute(FileFormat)
    file_name = UnicodeAttribute()
    status = EnumAttribute(BatchStatus)
    reason = UnicodeAttribute(null=True)
    """Why it failed."""
    staff_name = UnicodeAttribute()
    turn = IntAttribute(default=0)
    rows = IntAttribute(default=0)
    parcels = IntAttribute(default=0)
    """Parcels that the rows speak of."""
    position = IntAttribute(default=0)
    """How many of them are done: ``shipped`` + ``unchanged`` + ``refused``."""
    shipped = IntAttribute(default=0)
    unchanged = IntAttribute(default=0)
    """Were shipped before, under the same waybill."""
    refused = IntAttribute(default=0)
    created_at = TimeAttribute()
    started_at = TimeAttribute(null=True)
    finished_at = TimeAttribute(null=True)

    by_kind = ByKind()


class BatchError(Table):
    """A parcel that was not shipped. ``line`` is its first line in the file, eight digits."""

    class Meta:
        table_name = table_name("shipping_batch_errors")

    batch_id = UnicodeAttribute(hash_key=True)
    line = UnicodeAttribute(range_key=True)
    issue = UnicodeAttribute()
    code = UnicodeAttribute()
    """The refusal's, for programs; ``invalid`` where the row itself is wrong."""
    cells = DocumentAttribute[list[dict[str, str]]](list[dict[str, str]])
    """The parcel's rows as they came, to be mended and sent again."""
