"""Refusals of the message board."""

from chalicelib.core.errors import DomainError


class NoteNotFound(DomainError):
    code, status, message = "note_not_found", 404, "留言不存在"
