"""Staff look through reviews, show and hide them, and answer."""

from __future__ import annotations

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.reviews import service
from chalicelib.trade.reviews.desk.schemas import Answer, Decide, FindReviews, StaffReviewView
from chalicelib.trade.reviews.errors import AlreadyDecided, NothingAppended, ReviewChanged, ReviewNotShown
from chalicelib.trade.reviews.events import ReviewReplied
from chalicelib.trade.reviews.models import Review, ReviewStatus


def find(asked: FindReviews) -> Page[StaffReviewView]:
    """One page of reviews, newest first; of an order all of them. :raises OrderNotFound:"""
    if asked.order_number is not None:
        order = by_number(asked.order_number)
        found = service.of_order(order.member_id, order.id)
        return Page[StaffReviewView](items=[StaffReviewView.of(found[line]) for line in sorted(found)])
    if asked.product_id is not None:
        condition = None if asked.status is None else Review.status == asked.status
        of_product, cursor = pages.query(
            Review.by_product, asked.product_id, limit=asked.limit, cursor=asked.cursor, filter_condition=condition
        )
        return Page[StaffReviewView](items=[StaffReviewView.of(each) for each in of_product], cursor=cursor)
    desk = asked.status or ReviewStatus.HELD
    listed, cursor = pages.query(Review.by_desk, desk, limit=asked.limit, cursor=asked.cursor)
    return Page[StaffReviewView](items=[StaffReviewView.of(each) for each in listed], cursor=cursor)


def decide(member_id: str, review_id: str, wanted: Decide) -> StaffReviewView:
    """Show or hide a part of a review. It counts from now on, or no more.

    :raises ReviewNotFound: :raises NothingAppended: there is no such part. :raises AlreadyDecided: it is so already.
    :raises ReviewChanged: it changed just now.
    """
    review = service.load(member_id, review_id)
    status = service.status_of(review, wanted.part)
    if status is None:
        raise NothingAppended()
    to = ReviewStatus.SHOWN if wanted.show else ReviewStatus.HIDDEN
    if status is to:
        raise AlreadyDecided()
    with Transaction() as tx:
        service.move(tx, review, wanted.part, to, reason="" if wanted.show else wanted.reason or "")
    return StaffReviewView.of(service.load(member_id, review_id))


def answer(member_id: str, review_id: str, said: Answer) -> StaffReviewView:
    """Answer a review that is shown; its writer is told of the first answer.

    :raises ReviewNotFound: :raises ReviewNotShown: :raises ReviewChanged: it changed just now.
    """
    review = service.load(member_id, review_id)
    if review.status is not ReviewStatus.SHOWN:
        raise ReviewNotShown()
    with Transaction() as tx:
        tx.update(
            Review(member_id=member_id, id=review_id),
            [
                Review.reply.set(said.text),
                Review.replied_at.set(clock.now()),
                Review.version.set(review.version + 1),
            ],
            only_if=Review.version == review.version,
            otherwise=ReviewChanged(),
        )
        tx.emit(ReviewReplied(member_id=member_id, review_id=review_id))
    return StaffReviewView.of(service.load(member_id, review_id))
