"""What happens to reviews."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.events import Event


class ReviewEvent(Event):
    """Names a review. ``member_id`` and ``review_id`` together are its key."""

    member_id: str
    review_id: str


class ReviewPublished(ReviewEvent):
    """A review that its buyer wrote is shown for the first time: what it earns may be given."""


class ReviewWithdrawn(ReviewEvent):
    """A review counts no more, for ever: its goods went back, or it was hidden for good. What it earned goes back."""


class ReviewStaysHidden(ReviewEvent):
    """Deadline: a review that was hidden at ``hidden_at``, and still is, is hidden for good."""

    hidden_at: datetime


class ReviewReplied(ReviewEvent):
    """Staff answered a review."""


class ReviewTimeOver(Event):
    """Deadline: lines of a completed order that nobody reviewed are over."""

    member_id: str
    order_id: str


class RemindOfReview(Event):
    """Deadline: the buyer is reminded, if a line is not reviewed."""

    member_id: str
    order_id: str


class ReviewDue(Event):
    """The goods have been with the buyer for some days, and a line waits for a review."""

    member_id: str
    order_id: str
