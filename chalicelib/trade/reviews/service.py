"""Reviews as every part of the feature uses them: reading one, and moving one of its parts.

Promise and algorithm: docs/algorithms/reviews.md.
"""

from __future__ import annotations

from datetime import timedelta

from pynamodb.expressions.update import Action

from chalicelib.core import clock, states
from chalicelib.core.settings import settings
from chalicelib.core.tables import time_text
from chalicelib.core.transaction import Transaction
from chalicelib.mall.moderation.models import CheckStatus
from chalicelib.mall.storefront.indexing import service as indexing
from chalicelib.trade.reviews.errors import ReviewChanged, ReviewNotFound
from chalicelib.trade.reviews.events import ReviewPublished, ReviewStaysHidden
from chalicelib.trade.reviews.models import STEPS, Part, Review, ReviewStatus, review_id
from chalicelib.trade.reviews.summary import service as summary

SUBJECT = "review/"


def load(member_id: str, given_id: str) -> Review:
    """The member's review of that id. :raises ReviewNotFound:"""
    found = Review.find(member_id, given_id, consistent=True)
    if found is None:
        raise ReviewNotFound()
    return found


def of_order(member_id: str, order_id: str) -> dict[int, Review]:
    """The reviews of an order's lines, by line."""
    begins = Review.id.startswith(review_id(order_id, 0)[:-1])
    return {each.line: each for each in Review.query(member_id, begins, consistent_read=True)}


def status_of(review: Review, part: Part) -> ReviewStatus | None:
    """The status of a part; None: nothing was appended."""
    status: ReviewStatus | None = review.status if part is Part.MAIN else review.append_status
    return status


def placed(review: Review, main: ReviewStatus, append: ReviewStatus | None) -> dict[str, str | None]:
    """The keys under which the indexes hold *review* when its parts have these statuses; None: not at all."""
    shown, undecided = main is ReviewStatus.SHOWN, ReviewStatus.HELD in (main, append)
    appended = shown and append is ReviewStatus.SHOWN
    listed = shown and (not review.automatic or appended)
    return {
        "place": f"{int(listed)}#{time_text(review.written_at)}",
        "desk": ReviewStatus.HELD if undecided else main,
        "stars_of": f"{review.product_id}#{review.stars}" if shown and not review.automatic else None,
        "pictures_of": review.product_id if shown and review.pictures else None,
        "append_of": review.product_id if appended else None,
    }


def move(tx: Transaction, review: Review, part: Part, to: ReviewStatus, *, reason: str = "") -> None:
    """Add to *tx* that a part of *review*, as it was read, becomes *to*; its indexes and the product's numbers follow.

    :raises ReviewChanged: (at commit) it changed since it was read, or the step is not legal.
    """
    statuses = {each: status_of(review, each) for each in Part} | {part: to}
    main, append = statuses[Part.MAIN] or review.status, statuses[Part.APPEND]
    attribute, why = (
        (Review.status, Review.reason) if part is Part.MAIN else (Review.append_status, Review.append_reason)
    )
    actions: list[Action] = [why.set(reason) if reason else why.remove(), Review.version.set(review.version + 1)]
    for name, value in placed(review, main, append).items():
        key = getattr(Review, name)
        actions.append(key.remove() if value is None else key.set(value))
    first = part is Part.MAIN and to is ReviewStatus.SHOWN and review.first_shown_at is None
    if first:
        actions.append(Review.first_shown_at.set(clock.now()))
        tx.emit(ReviewPublished(member_id=review.member_id, review_id=review.id))
    if part is Part.MAIN:
        actions.append(_hiding(tx, review, to))
    states.move(
        tx,
        Review(member_id=review.member_id, id=review.id),
        attribute,
        STEPS,
        to,
        *actions,
        also=Review.version == review.version,
        otherwise=ReviewChanged(),
    )
    if summary.count(tx, review, (review.status, review.append_status), (main, append)):
        indexing.mark(tx, [review.product_id])


def _hiding(tx: Transaction, review: Review, to: ReviewStatus) -> Action:
    """Since when it is hidden; it may be shown again for some days before what it earned is taken back."""
    if to is not ReviewStatus.HIDDEN or review.first_shown_at is None:
        gone: Action = Review.hidden_at.remove()
        return gone
    now = clock.now()
    named = {"member_id": review.member_id, "review_id": review.id}
    tx.emit(ReviewStaysHidden(**named, hidden_at=now), at=now + timedelta(days=settings().review_hidden_days))
    since: Action = Review.hidden_at.set(now)
    return since


def subject_of(review: Review, part: Part) -> str:
    """What moderation knows a part of a review by."""
    return f"{SUBJECT}{review.member_id}/{review.id}/{part}"


def take_verdict(tx: Transaction, subject: str, verdict: str) -> None:
    """What moderation thinks of a part. Where staff have decided, it comes too late."""
    if not subject.startswith(SUBJECT):
        return
    member_id, given_id, name = subject.removeprefix(SUBJECT).split("/")
    review, part = Review.find(member_id, given_id, consistent=True), Part(name)
    if review is None:
        return
    status = status_of(review, part)
    reason = review.reason if part is Part.MAIN else review.append_reason
    waits_for_wechat = status is ReviewStatus.HELD and reason == CheckStatus.UNREACHABLE
    if verdict == CheckStatus.PASSED and (status is ReviewStatus.WAITING or waits_for_wechat):
        move(tx, review, part, ReviewStatus.SHOWN)
    elif verdict != CheckStatus.PASSED and status is ReviewStatus.WAITING:
        move(tx, review, part, ReviewStatus.HELD, reason=verdict)


def anonymize(member_id: str) -> None:
    """A closed account's reviews name nobody any more. Running it twice does no harm."""
    for review in Review.query(member_id, attributes_to_get=["member_id", "id"]):
        with Transaction() as tx:
            tx.update(Review(member_id=member_id, id=review.id), [Review.anonymous.set(True)])
