"""What bargains announce."""

from chalicelib.core.events import Event


class BargainEvent(Event):
    """Names a bargain and whose it is."""

    bargain_id: str
    campaign_id: str
    member_id: str


class BargainStarted(BargainEvent):
    """Friends may cut."""


class BargainCut(BargainEvent):
    """A friend made cut number *number*."""

    helper_id: str
    number: int


class BargainFinished(BargainEvent):
    """The last cut is made: it is at its floor."""
