"""What audiences tell themselves."""

from chalicelib.core.events import Event


class FreezeMembers(Event):
    """The next page of a list that is being made."""

    audience_id: str
    number: int
    step: int = 0
