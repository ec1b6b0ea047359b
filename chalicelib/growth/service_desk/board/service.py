"""Leaving a message, and answering it."""

from __future__ import annotations

from itertools import islice

from chalicelib.core import clock, ids, pages, states
from chalicelib.core.once import Once
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.transaction import Transaction
from chalicelib.growth.service_desk.board.errors import NoteNotFound
from chalicelib.growth.service_desk.board.events import NoteAnswered
from chalicelib.growth.service_desk.board.models import STEPS, BoardNote, NoteStatus
from chalicelib.growth.service_desk.board.schemas import AnswerNote, FindNotes, NoteView, StaffNoteView, WriteNote
from chalicelib.growth.service_desk.limits import service as limits
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.uploads import service as uploads

A_DAY = 10
EXPORTED = 200


def write(member_id: str, said: WriteNote, key: str) -> NoteView:
    """Leave a message, once for each *key*. :raises EnoughForToday: :data:`A_DAY` are left today. :raises KeyReused:

    :raises UploadNotFound, UnsupportedMedia, MediaTooLarge: a picture is not one.
    """
    once = Once(member_id, "write_note", key, said)
    return NoteView.of(load(member_id, once.carry_out(lambda: _write(member_id, said, once))))


def _write(member_id: str, said: WriteNote, once: Once) -> str:
    pictures = uploads.addresses(said.pictures)
    note = BoardNote(member_id=member_id, id=ids.new("nte"), text=said.text, pictures=pictures, written_at=clock.now())
    with once.writing(note.id) as tx:
        members.require_active(tx, member_id)
        limits.count(tx, member_id, "note", A_DAY)
        tx.put(note)
    return note.id


def mine(member_id: str, asked: PageQuery) -> Page[NoteView]:
    """The member's messages, newest first."""
    found, cursor = pages.query(BoardNote, member_id, limit=asked.limit, cursor=asked.cursor, consistent=True)
    return Page[NoteView](items=[NoteView.of(each) for each in found], cursor=cursor)


def find(asked: FindNotes) -> Page[StaffNoteView]:
    """One page of messages of a status, those that wait longest first."""
    found, cursor = pages.query(
        BoardNote.by_status, asked.status, limit=asked.limit, cursor=asked.cursor, newest_first=False
    )
    return Page[StaffNoteView](items=[StaffNoteView.of(each) for each in found], cursor=cursor)


def load(member_id: str, note_id: str) -> BoardNote:
    """:raises NoteNotFound:"""
    found = BoardNote.find(member_id, note_id, consistent=True)
    if found is None:
        raise NoteNotFound()
    return found


def answer(member_id: str, note_id: str, said: AnswerNote, staff_name: str) -> StaffNoteView:
    """Answer a message; its writer is told of the first answer. :raises NoteNotFound:"""
    load(member_id, note_id)
    with Transaction() as tx:
        states.move(
            tx,
            BoardNote(member_id=member_id, id=note_id),
            BoardNote.status,
            STEPS,
            NoteStatus.ANSWERED,
            BoardNote.answer.set(said.text),
            BoardNote.answered_by.set(staff_name),
            BoardNote.answered_at.set(clock.now()),
            otherwise=NoteNotFound(),
        )
        tx.emit(NoteAnswered(member_id=member_id, note_id=note_id))
    return StaffNoteView.of(load(member_id, note_id))


def export(member_id: str) -> list[dict[str, object]]:
    """The member's newest messages, for the copy of their personal data. Registered with identity."""
    newest = BoardNote.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return [NoteView.of(each).model_dump(mode="json") for each in islice(newest, EXPORTED)]


def forget(member_id: str) -> None:
    """A closed account leaves no messages behind. Running it twice does no harm."""
    BoardNote.delete_under(member_id)
