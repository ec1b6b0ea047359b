"""Staff: the message board."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.growth.service_desk.board import service
from chalicelib.growth.service_desk.board.errors import NoteNotFound
from chalicelib.growth.service_desk.board.schemas import AnswerNote, FindNotes, StaffNoteView
from chalicelib.mall.identity.service import Staff

api = Api("board_admin", title="留言 Message board (staff)")


@api.get("/admin/board", permission="service.read")
def find_notes(staff: Staff, query: FindNotes) -> Page[StaffNoteView]:
    """Look through messages: those that wait, the oldest first."""
    return service.find(query)


@api.put("/admin/members/{member_id}/messages/{note_id}/answer", permission="service.write", raises=[NoteNotFound])
def answer_note(staff: Staff, member_id: str, note_id: str, body: AnswerNote) -> StaffNoteView:
    """Answer a message; again replaces the answer."""
    return service.answer(member_id, note_id, body, staff.name)
