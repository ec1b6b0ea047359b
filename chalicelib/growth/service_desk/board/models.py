"""The message board."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, Table, TimeAttribute, table_name


class NoteStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


STEPS = Steps({NoteStatus.OPEN: [NoteStatus.ANSWERED], NoteStatus.ANSWERED: [NoteStatus.ANSWERED]})
"""An answer may be replaced."""


class ByStatus(GlobalSecondaryIndex["BoardNote"]):
    class Meta:
        index_name = "by_status"
        projection = AllProjection()

    status = EnumAttribute(NoteStatus, hash_key=True)
    written_at = TimeAttribute(range_key=True)


class BoardNote(Table):
    """A buyer's message to the shop, and the answer. Between the two only."""

    class Meta:
        table_name = table_name("board_notes")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    text = UnicodeAttribute()
    pictures = DocumentAttribute[list[str]](list[str], default=list)
    status = EnumAttribute(NoteStatus, default=NoteStatus.OPEN)
    written_at = TimeAttribute()
    answer = UnicodeAttribute(null=True)
    answered_by = UnicodeAttribute(null=True)
    answered_at = TimeAttribute(null=True)

    by_status = ByStatus()
