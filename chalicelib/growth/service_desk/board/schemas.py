"""Messages to the shop, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.growth.service_desk.board.models import BoardNote, NoteStatus
from chalicelib.mall.uploads.schemas import PictureKey

Words = Annotated[
    str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$", examples=["希望能有更大的尺寸"])
]


class WriteNote(Schema):
    """``POST /me/messages``."""

    text: Words
    pictures: Annotated[list[PictureKey], Field(max_length=3)] = []


class AnswerNote(Schema):
    """``PUT …/answer``: again replaces it."""

    text: Words


class FindNotes(PageQuery):
    """``GET /admin/board``."""

    status: NoteStatus = NoteStatus.OPEN


class NoteView(Schema):
    """A message to the shop, as its writer sees it."""

    id: str
    text: str
    pictures: list[str]
    status: NoteStatus
    written_at: datetime
    answer: str | None
    answered_at: datetime | None

    @classmethod
    def of(cls, note: BoardNote) -> NoteView:
        return cls.model_validate({name: getattr(note, name) for name in cls.model_fields})


class StaffNoteView(NoteView):
    """The same with who wrote and who answered."""

    member_id: str
    answered_by: str | None

    @classmethod
    def of(cls, note: BoardNote) -> StaffNoteView:
        return cls.model_validate({name: getattr(note, name) for name in cls.model_fields})
