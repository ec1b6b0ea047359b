"""What a buyer says of what they bought."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.gateways.object_storage.errors import (
    MediaTooLarge,
    StorageUnavailable,
    UnsupportedMedia,
    UploadNotFound,
)
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.orders.errors import OrderNotFound
from chalicelib.trade.reviews.errors import (
    AlreadyAppended,
    AlreadyReviewed,
    LineNotFound,
    NothingKept,
    NotReceived,
    ReviewChanged,
    ReviewNotFound,
    ReviewTooLate,
    UnknownTag,
)
from chalicelib.trade.reviews.writing import service
from chalicelib.trade.reviews.writing.schemas import (
    AppendReview,
    ListReviews,
    MyReviewView,
    OrderReviews,
    WriteReview,
)

api = Api("reviews", title="评价 Reviews")
_PICTURES = [UploadNotFound, UnsupportedMedia, MediaTooLarge, StorageUnavailable]


@api.get("/orders/{order_id}/reviews", raises=[OrderNotFound])
def show_order_reviews(buyer: Buyer, order_id: str) -> OrderReviews:
    """Show which lines of my order I may review or add to, and what I said of them."""
    return service.of_order(buyer.member_id, order_id)


@api.post(
    "/orders/{order_id}/reviews",
    status=201,
    raises=[
        *(OrderNotFound, LineNotFound, NotReceived, NothingKept, ReviewTooLate, AlreadyReviewed, UnknownTag),
        *_PICTURES,
    ],
)
def write_review(buyer: Buyer, order_id: str, body: WriteReview) -> MyReviewView:
    """Review a line of an order that I received, once. Others see it when it has passed WeChat's check."""
    return service.write(buyer.member_id, order_id, body)


@api.get("/me/reviews")
def list_my_reviews(buyer: Buyer, query: ListReviews) -> Page[MyReviewView]:
    """List my reviews, those of the newest orders first."""
    return service.mine(buyer.member_id, query.limit, query.cursor)


@api.post(
    "/me/reviews/{review_id}/append",
    raises=[ReviewNotFound, AlreadyAppended, ReviewTooLate, ReviewChanged, *_PICTURES],
)
def append_review(buyer: Buyer, review_id: str, body: AppendReview) -> MyReviewView:
    """Add to my review, once."""
    return service.append(buyer.member_id, review_id, body)
