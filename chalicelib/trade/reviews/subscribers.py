"""How reviews react to moderation, to time, to refunds, and to accounts that end."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.moderation.events import ContentJudged
from chalicelib.trade.orders.events import OrderCompleted, UnitsRefunded
from chalicelib.trade.reviews import service
from chalicelib.trade.reviews.automatic import service as automatic
from chalicelib.trade.reviews.events import RemindOfReview, ReviewStaysHidden, ReviewTimeOver
from chalicelib.trade.reviews.withdrawing import service as withdrawing


@subscribe(ContentJudged, queue="reactions")
def take_verdict(event: ContentJudged, tx: Transaction) -> None:
    """Show it, or hold it for staff."""
    service.take_verdict(tx, event.subject, event.verdict)


@subscribe(OrderCompleted, queue="reactions")
def schedule_review(event: OrderCompleted, tx: Transaction) -> None:
    """The time to review begins."""
    automatic.schedule(tx, event.member_id, event.order_id)


@subscribe(RemindOfReview, queue="reactions")
def remind_of_review(event: RemindOfReview, tx: Transaction) -> None:
    """Announce that a line waits for a review."""
    automatic.remind(tx, event.member_id, event.order_id)


@subscribe(ReviewTimeOver, queue="reactions")
def review_by_time(event: ReviewTimeOver, tx: Transaction) -> None:
    """What was not reviewed is marked as received without complaint."""
    automatic.review(tx, event.member_id, event.order_id)


@subscribe(UnitsRefunded, queue="reactions")
def withdraw_refunded(event: UnitsRefunded, tx: Transaction) -> None:
    """Reviews of lines that went back whole count no more."""
    withdrawing.after_refund(event.member_id, event.order_id)


@subscribe(ReviewStaysHidden, queue="reactions")
def withdraw_hidden(event: ReviewStaysHidden, tx: Transaction) -> None:
    """What staff hid some days ago, and did not show again, counts no more."""
    withdrawing.after_hiding(tx, event.member_id, event.review_id, event.hidden_at)


@subscribe(MemberClosed, queue="reactions")
def anonymize_reviews(event: MemberClosed, tx: Transaction) -> None:
    """A closed account's reviews name nobody."""
    service.anonymize(event.member_id)
