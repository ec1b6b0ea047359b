"""What a review earns, and what is taken back of it. Algorithm: docs/algorithms/reviews.md, "What a review earns"."""

from __future__ import annotations

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points import service
from chalicelib.loyalty.points.models import LEDGER
from chalicelib.trade.reviews.withdrawing import service as withdrawing

KIND = "review"


def earn(tx: Transaction, member_id: str, review_id: str) -> None:
    """What the rules give for a review, once; one that counts no more earns nothing."""
    if withdrawing.require_counting(tx, member_id, review_id):
        service.earn_for_doing(tx, member_id, KIND, review_id)


def take_back(tx: Transaction, member_id: str, review_id: str) -> None:
    """What the review earned, as much as it was then, once; also if it was spent."""
    earned = LEDGER.posted(member_id, KIND, review_id)
    if earned is not None:
        service.take_back(tx, member_id, f"{KIND}/{review_id}", earned.amount)
