"""What audiences tell themselves."""

from chalicelib.core.events import Event


class FreezeMembers(Event):
    """The next page of a list that is being made."""

    audience_id: str
    number: int
    step: int = 0


class WriteExport(Event):
    """The next piece of a file that is being written."""

    audience_id: str
    export_id: str
    step: int = 0
