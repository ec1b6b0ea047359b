"""What happens on the message board."""

from chalicelib.core.events import Event


class NoteAnswered(Event):
    """Staff answered a buyer's message."""

    member_id: str
    note_id: str
