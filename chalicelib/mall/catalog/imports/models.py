"""Imports and exports: what was asked, how far it came, what was wrong."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.states import Steps
from chalicelib.core.tables import EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.mall.catalog.formats.schemas import FileFormat

MAX_ISSUES = 1_000
"""Issues of one import that are kept."""


class Subject(StrEnum):
    """What a file speaks of."""

    PRODUCTS = "products"
    CATEGORIES = "categories"
    BRANDS = "brands"


class OnError(StrEnum):
    """What a bad row does to the good ones."""

    NOTHING = "nothing"
    """Nothing at all is written when any row is bad."""
    SKIP_BAD_ROWS = "skip_bad_rows"


class ImportStatus(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    """For the file, and to be started."""
    QUEUED = "queued"
    CHECKING = "checking"
    WRITING = "writing"
    FINISHED = "finished"
    REFUSED = "refused"
    """Rows were bad, and nothing was written."""
    FAILED = "failed"
    """The file could not be read; nothing was written."""


IMPORT_STEPS = Steps(
    {
        ImportStatus.WAITING: [ImportStatus.QUEUED],
        ImportStatus.QUEUED: [ImportStatus.CHECKING, ImportStatus.FAILED],
        ImportStatus.CHECKING: [ImportStatus.WRITING, ImportStatus.REFUSED, ImportStatus.FINISHED],
        ImportStatus.WRITING: [ImportStatus.FINISHED],
    }
)
RUNNING = {ImportStatus.QUEUED, ImportStatus.CHECKING, ImportStatus.WRITING}


class ExportStatus(StrEnum):
    """Where an export stands."""

    QUEUED = "queued"
    WRITING = "writing"
    FINISHED = "finished"


EXPORT_STEPS = Steps({ExportStatus.QUEUED: [ExportStatus.WRITING], ExportStatus.WRITING: [ExportStatus.FINISHED]})


class ByKind(GlobalSecondaryIndex["Import"]):
    """Imports, or exports, by time of birth."""

    class Meta:
        index_name = "by_kind"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ExportsByKind(GlobalSecondaryIndex["Export"]):
    class Meta:
        index_name = "by_kind"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Import(Table):
    """One file on its way in. ``turn`` counts the saves: a worker that another has overtaken can save no more."""

    class Meta:
        table_name = table_name("imports")

    id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(default="import")
    subject = EnumAttribute(Subject)
    format = EnumAttribute(FileFormat)
    file_name = UnicodeAttribute()
    on_error = EnumAttribute(OnError)
    status = EnumAttribute(ImportStatus)
    reason = UnicodeAttribute(null=True)
    """Why it failed."""
    staff_name = UnicodeAttribute()
    turn = IntAttribute(default=0)
    chunks = IntAttribute(default=0)
    chunk = IntAttribute(default=0)
    """The chunk that is next, and in it the record that is next."""
    position = IntAttribute(default=0)
    rows = IntAttribute(default=0)
    records = IntAttribute(default=0)
    """Categories, brands or products that the rows speak of."""
    bad_rows = IntAttribute(default=0)
    bad = IntAttribute(default=0)
    created = IntAttribute(default=0)
    changed = IntAttribute(default=0)
    unchanged = IntAttribute(default=0)
    issues = IntAttribute(default=0)
    """Issues that are kept."""
    created_at = TimeAttribute()
    started_at = TimeAttribute(null=True)
    finished_at = TimeAttribute(null=True)

    by_kind = ByKind()


class Export(Table):
    """Files on their way out, some thousand things each."""

    class Meta:
        table_name = table_name("imports")

    id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(default="export")
    subject = EnumAttribute(Subject)
    format = EnumAttribute(FileFormat)
    status = EnumAttribute(ExportStatus)
    staff_name = UnicodeAttribute()
    turn = IntAttribute(default=0)
    records = IntAttribute(default=0)
    parts = IntAttribute(default=0)
    parts_done = IntAttribute(default=0)
    created_at = TimeAttribute()
    finished_at = TimeAttribute(null=True)

    by_kind = ExportsByKind()


class ImportIssue(Table):
    """Something wrong in a row. ``line`` is ``00000012#00``: the line, and which issue of it."""

    class Meta:
        table_name = table_name("import_errors")

    import_id = UnicodeAttribute(hash_key=True)
    line = UnicodeAttribute(range_key=True)
    row = IntAttribute()
    field = UnicodeAttribute()
    issue = UnicodeAttribute()
