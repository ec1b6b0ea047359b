"""What assists announce, and their deadline."""

from chalicelib.core.events import Event


class AssistEvent(Event):
    """Names an assist and whose it is."""

    assist_id: str
    campaign_id: str
    member_id: str


class AssistStarted(AssistEvent):
    """Friends may help."""


class AssistHelped(AssistEvent):
    """Helper number *number* came."""

    helper_id: str
    number: int


class AssistUnlocked(AssistEvent):
    """The last helper came: a piece waits to be ordered."""


class CloseAssist(AssistEvent):
    """Deadline: the piece goes back unless it was ordered."""


class CloseAssists(Event):
    """The merchant ended the campaign: every piece that waits goes back now, a page a message."""

    campaign_id: str
    cursor: str | None = None
    again: bool = True
    """Once more later, for those that the index did not show yet."""
