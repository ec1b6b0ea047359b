"""What happens to applications, and their deadlines."""

from datetime import datetime

from chalicelib.core.events import Event


class TrialEvent(Event):
    """Names an application: ``campaign_id`` and ``member_id`` together are its key."""

    campaign_id: str
    member_id: str


class TrialApplied(TrialEvent):
    """Somebody wants to try."""


class TesterPicked(TrialEvent):
    """A piece is held for them."""


class TrialReportDue(TrialEvent):
    """The goods have come: a report is due before ``until``."""

    until: datetime


class TrialReviewed(TrialEvent):
    """Staff accepted the report, or sent it back."""


class TrialDepositRefused(TrialEvent):
    """A deposit's money came when nothing was to be paid any more: it goes back."""

    deposit_id: str


class LapseTester(TrialEvent):
    """Deadline: what is not ordered now is somebody else's."""


class CheckReport(TrialEvent):
    """Deadline: have the goods come, and is the report late? ``order_id``: asked for this order alone."""

    order_id: str


class PickTesters(Event):
    """Deadline: applications are over, the answers decide; a page a message."""

    campaign_id: str
    cursor: str | None = None
    used_up: list[str] = []
    """SKUs of which no piece is left."""


class LapseTesters(Event):
    """The merchant ended the campaign: whoever has not ordered is let go, a page a message."""

    campaign_id: str
    cursor: str | None = None
    again: bool = True
