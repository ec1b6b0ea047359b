"""A product's reviews: one query by the key of what is asked for, then their writers' names as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core import ids, pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.trade.reviews.models import Review, ReviewStatus
from chalicelib.trade.reviews.showing.schemas import FindReviews, ReviewView

NOBODY = "匿名用户"
SHOWN_PLACE = "1#"


def of_product(product_id: str, asked: FindReviews) -> Page[ReviewView]:
    """One page of what is shown, the newest first."""
    index, key, condition = _question(product_id, asked)
    found, cursor = pages.query(index, key, condition, limit=asked.limit, cursor=asked.cursor)
    # An index is a moment late: what was hidden just now is not shown any more.
    shown = [each for each in found if each.status is ReviewStatus.SHOWN]
    wanted = list(dict.fromkeys(each.member_id for each in shown if not each.anonymous))
    writers: Mapping[Any, Member] = batch_get({Member: wanted})[Member] if wanted else {}
    return Page[ReviewView](items=[_view(each, writers.get(each.member_id)) for each in shown], cursor=cursor)


def _question(product_id: str, asked: FindReviews) -> tuple[Any, str, Condition | None]:
    if asked.stars is not None:
        return Review.by_stars, f"{product_id}#{asked.stars}", None
    if asked.pictures:
        return Review.by_pictures, product_id, None
    if asked.appended:
        return Review.by_append, product_id, None
    return Review.by_product, product_id, Review.place.startswith(SHOWN_PLACE)


def _view(review: Review, writer: Member | None) -> ReviewView:
    known = writer is not None and writer.status is MemberStatus.ACTIVE and not review.anonymous
    appended = review.append_status is ReviewStatus.SHOWN
    return ReviewView(
        # Not the review's own: that holds the order's id.
        id=ids.derive("rev", review.member_id, review.id),
        writer=(writer.nickname if known and writer is not None else None) or NOBODY,
        avatar=writer.avatar_url if known and writer is not None else None,
        stars=review.stars,
        text=review.text,
        tags=review.tags,
        pictures=review.pictures,
        spec=review.spec,
        automatic=review.automatic,
        written_at=review.written_at,
        append_text=review.append_text if appended else None,
        append_pictures=review.append_pictures if appended else [],
        append_days=(review.appended_at - review.written_at).days if appended and review.appended_at else None,
        reply=review.reply,
        replied_at=review.replied_at,
    )
