"""A review stops counting for what reviews earn: its goods went back, or it was hidden for good.

Once for each review, and for ever. Algorithm: docs/algorithms/reviews.md, "What a review earns".
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service as orders
from chalicelib.trade.reviews import service
from chalicelib.trade.reviews.errors import ReviewChanged
from chalicelib.trade.reviews.events import ReviewWithdrawn
from chalicelib.trade.reviews.models import Review
from chalicelib.trade.reviews.writing.service import is_kept


def after_refund(member_id: str, order_id: str) -> None:
    """The order's lines of which no piece is left. Each in its own transaction: running it twice does no harm."""
    order = orders.load(member_id, order_id, consistent=True)
    for number, review in service.of_order(member_id, order_id).items():
        if not is_kept(order, number):
            with Transaction() as tx:
                withdraw(tx, review)


def after_hiding(tx: Transaction, member_id: str, review_id: str, hidden_at: datetime) -> None:
    """If it is hidden since *hidden_at*, it is so for good. Who shows it takes that moment off it."""
    review = Review.find(member_id, review_id, consistent=True)
    if review is not None and review.hidden_at == hidden_at:
        withdraw(tx, review)


def withdraw(tx: Transaction, review: Review) -> None:
    """Add to *tx* that *review* counts no more; nothing if it did not, or nobody wrote it.

    :raises ReviewChanged: (at commit) another one did it just now.
    """
    if review.automatic or review.withdrawn_at is not None:
        return
    tx.update(
        Review(member_id=review.member_id, id=review.id),
        [Review.withdrawn_at.set(clock.now())],
        only_if=Review.id.exists() & Review.withdrawn_at.does_not_exist(),
        otherwise=ReviewChanged(),
    )
    tx.emit(ReviewWithdrawn(member_id=review.member_id, review_id=review.id))


def require_counting(tx: Transaction, member_id: str, review_id: str) -> bool:
    """Whether the review counts, and that *tx* is refused if it stops before the commit.

    :raises ReviewChanged: (at commit) it stopped just now.
    """
    review = Review.find(member_id, review_id, consistent=True)
    if review is None or review.withdrawn_at is not None:
        return False
    counts = Review.id.exists() & Review.withdrawn_at.does_not_exist()
    tx.check(Review(member_id=member_id, id=review_id), only_if=counts, otherwise=ReviewChanged())
    return True
