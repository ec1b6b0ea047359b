"""Staff: reviews."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.orders.errors import OrderNotFound
from chalicelib.trade.reviews.desk import service
from chalicelib.trade.reviews.desk.schemas import Answer, Decide, FindReviews, StaffReviewView
from chalicelib.trade.reviews.errors import (
    AlreadyDecided,
    NothingAppended,
    ReviewChanged,
    ReviewNotFound,
    ReviewNotShown,
)

api = Api("reviews_admin", title="评价 Reviews (staff)")
_ONE = "/admin/members/{member_id}/reviews/{review_id}"


@api.get("/admin/reviews", permission="reviews.read", raises=[OrderNotFound])
def find_reviews(staff: Staff, query: FindReviews) -> Page[StaffReviewView]:
    """Look through reviews: what waits for a decision, or by status, product or order."""
    return service.find(query)


@api.post(
    f"{_ONE}/decisions",
    permission="reviews.write",
    raises=[ReviewNotFound, NothingAppended, AlreadyDecided, ReviewChanged],
)
def decide_review(staff: Staff, member_id: str, review_id: str, body: Decide) -> StaffReviewView:
    """Show or hide a review, or what was added to it."""
    return service.decide(member_id, review_id, body)


@api.put(f"{_ONE}/reply", permission="reviews.write", raises=[ReviewNotFound, ReviewNotShown, ReviewChanged])
def reply_to_review(staff: Staff, member_id: str, review_id: str, body: Answer) -> StaffReviewView:
    """Answer a review; again replaces the answer."""
    return service.answer(member_id, review_id, body)
