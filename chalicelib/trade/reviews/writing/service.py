"""Writing a review of a line, once, and adding to it, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat.content import Scene
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.moderation import service as moderation
from chalicelib.mall.uploads import service as uploads
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.reviews import service
from chalicelib.trade.reviews.errors import (
    AlreadyAppended,
    AlreadyReviewed,
    LineNotFound,
    NothingKept,
    NotReceived,
    ReviewChanged,
    ReviewTooLate,
    UnknownTag,
)
from chalicelib.trade.reviews.models import Part, Review, ReviewStatus, review_id
from chalicelib.trade.reviews.tags import service as tags
from chalicelib.trade.reviews.writing.schemas import (
    AppendReview,
    MyReviewView,
    OrderReviews,
    ReviewableLine,
    WriteReview,
)

EXPORTED = 200


def of_order(member_id: str, order_id: str) -> OrderReviews:
    """What may be said of the lines of the member's order, and what was. :raises OrderNotFound:"""
    order = orders.load(member_id, order_id, consistent=True)
    written = service.of_order(member_id, order_id)
    lines = [_line(order, number, written.get(number)) for number in range(len(order.lines))]
    until = review_by(order) if order.completed_at is not None else None
    return OrderReviews(lines=lines, review_by=until, tags=tags.all_of_them())


def mine(member_id: str, limit: int, cursor: str | None) -> Page[MyReviewView]:
    """The member's reviews, those of the newest orders first."""
    found, rest = pages.query(Review, member_id, limit=limit, cursor=cursor, consistent=True)
    return Page[MyReviewView](items=[MyReviewView.of(each) for each in found], cursor=rest)


def write(member_id: str, order_id: str, said: WriteReview) -> MyReviewView:
    """Review a line of a received order. Others see it once WeChat, or staff, have nothing against it.

    :raises OrderNotFound: it is not the member's. :raises LineNotFound, NotReceived, NothingKept, ReviewTooLate:
    :raises AlreadyReviewed: each line is reviewed once. :raises UnknownTag:
    :raises UploadNotFound, UnsupportedMedia, MediaTooLarge: a picture is not one.
    """
    order = orders.load(member_id, order_id, consistent=True)
    _require_open(order, said.line)
    unknown = [each for each in said.tags if each not in tags.all_of_them()] if said.tags else []
    if unknown:
        raise UnknownTag(tag=unknown[0])
    if Review.find(member_id, review_id(order_id, said.line)) is not None:
        raise AlreadyReviewed()
    review = draft(order, said.line, said.stars)
    review.text, review.tags = said.text, list(dict.fromkeys(said.tags))
    review.pictures, review.anonymous = uploads.addresses(said.pictures), said.anonymous
    with Transaction() as tx:
        members.require_active(tx, member_id)
        put(tx, review)
        _check(tx, review, Part.MAIN, review.text, review.pictures)
    return MyReviewView.of(review)


def append(member_id: str, given_id: str, said: AppendReview) -> MyReviewView:
    """Add to a review, once, within the days of the setting ``review_append_days`` after it was written.

    :raises ReviewNotFound: it is not the member's. :raises AlreadyAppended: :raises ReviewTooLate:
    :raises UploadNotFound, UnsupportedMedia, MediaTooLarge: a picture is not one. :raises ReviewChanged:
    """
    review = service.load(member_id, given_id)
    if review.append_status is not None:
        raise AlreadyAppended()
    until = append_by(review)
    if clock.now() > until:
        raise ReviewTooLate(until=until)
    pictures = uploads.addresses(said.pictures)
    waiting, version = ReviewStatus.WAITING, review.version
    with Transaction() as tx:
        members.require_active(tx, member_id)
        tx.update(
            Review(member_id=member_id, id=review.id),
            [
                *([Review.append_text.set(said.text)] if said.text else []),
                Review.append_pictures.set(pictures),
                Review.append_status.set(waiting),
                Review.appended_at.set(clock.now()),
                Review.version.set(version + 1),
            ],
            only_if=Review.append_status.does_not_exist() & (Review.version == version),
            otherwise=lambda old: AlreadyAppended() if old and "append_status" in old else ReviewChanged(),
        )
        _check(tx, review, Part.APPEND, said.text, pictures)
    return MyReviewView.of(service.load(member_id, review.id))


def review_by(order: Order) -> datetime:
    """Until when a completed order's lines can be reviewed."""
    return (order.completed_at or clock.now()) + timedelta(days=settings().review_days)


def append_by(review: Review) -> datetime:
    """Until when a review can be added to."""
    return review.written_at + timedelta(days=settings().review_append_days)


def is_kept(order: Order, number: int) -> bool:
    """Whether pieces of a bought line stayed with the buyer: a gift is not rated, nor what went back."""
    line = order.lines[number]
    return not line.given and order.refunded_units.get(str(number), 0) < line.quantity


def draft(order: Order, number: int, stars: int) -> Review:
    """A review of a line as it begins: nobody else sees it."""
    line = order.lines[number]
    return Review(
        member_id=order.member_id,
        id=review_id(order.id, number),
        order_id=order.id,
        order_number=order.number,
        line=number,
        product_id=line.product_id,
        sku_id=line.sku_id,
        name=line.name,
        spec=line.spec,
        picture=line.picture,
        stars=stars,
        status=ReviewStatus.WAITING,
        written_at=clock.now(),
    )


def put(tx: Transaction, review: Review) -> None:
    """Add a new review to *tx*. :raises AlreadyReviewed: (at commit) the line has one."""
    for name, value in service.placed(review, review.status, None).items():
        setattr(review, name, value)
    tx.put(review, only_if=Review.id.does_not_exist(), otherwise=AlreadyReviewed())


def export(member_id: str) -> list[dict[str, object]]:
    """The member's newest reviews, for the copy of their personal data. Registered with identity."""
    newest = Review.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return [MyReviewView.of(each).model_dump(mode="json") for each in newest]


def _check(tx: Transaction, review: Review, part: Part, text: str | None, pictures: list[str]) -> None:
    moderation.begin(
        tx,
        service.subject_of(review, part),
        member_id=review.member_id,
        scene=Scene.COMMENT,
        text=text or "",
        pictures=pictures,
    )


def _require_open(order: Order, number: int) -> None:
    if number >= len(order.lines):
        raise LineNotFound(lines=len(order.lines))
    if order.status is not OrderStatus.COMPLETED:
        raise NotReceived()
    if not is_kept(order, number):
        raise NothingKept()
    if clock.now() > review_by(order):
        raise ReviewTooLate(until=review_by(order))


def _line(order: Order, number: int, review: Review | None) -> ReviewableLine:
    line, now = order.lines[number], clock.now()
    received = order.status is OrderStatus.COMPLETED and now <= review_by(order)
    return ReviewableLine(
        line=number,
        product_id=line.product_id,
        name=line.name,
        spec=line.spec,
        picture=line.picture,
        may_review=review is None and received and is_kept(order, number),
        may_append=review is not None and review.append_status is None and now <= append_by(review),
        review=MyReviewView.of(review) if review is not None else None,
    )
