"""What happens in check-in."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.events import Event


class CheckedIn(Event):
    """A day counts: by checking in on it, or mended later. ``streak``: the days without a gap that end on it."""

    member_id: str
    day: str
    streak: int
    made_up: bool = False
    at: datetime


class RemindCheckIn(Event):
    """Deadline: remind the member, unless the day counts already."""

    member_id: str
    day: str


class CheckInDue(Event):
    """A member who wants to be told has not checked in today, and a streak would end."""

    member_id: str
    day: str
    streak: int
