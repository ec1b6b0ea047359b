"""What exports tell themselves."""

from chalicelib.core.events import Event


class WriteFile(Event):
    """A file can go on: it was asked for, or the last run had no time for the rest."""

    export_id: str


class FileOverdue(Event):
    """Deadline: has the file moved since?"""

    export_id: str
    attempt: int
