"""What time does: a reminder, and a mark that nobody complained."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.reviews import service
from chalicelib.trade.reviews.events import RemindOfReview, ReviewDue, ReviewTimeOver
from chalicelib.trade.reviews.models import ReviewStatus
from chalicelib.trade.reviews.summary import service as summary
from chalicelib.trade.reviews.writing import service as writing

STARS = 5
AT_ONCE = 10
"""Lines marked by one message; the rest by the next one."""
WORDS = "买家没有填写评价"


def schedule(tx: Transaction, member_id: str, order_id: str) -> None:
    """The deadlines of a completed order."""
    order = orders.load(member_id, order_id, consistent=True)
    named = {"member_id": member_id, "order_id": order_id}
    remind_at = clock.now() + timedelta(days=settings().review_reminder_days)
    if remind_at < writing.review_by(order):
        tx.emit(RemindOfReview(**named), at=remind_at)
    if settings().auto_review:
        tx.emit(ReviewTimeOver(**named), at=writing.review_by(order))


def remind(tx: Transaction, member_id: str, order_id: str) -> None:
    """Announce that a line waits for a review, if one does."""
    if unreviewed(orders.load(member_id, order_id, consistent=True)):
        tx.emit(ReviewDue(member_id=member_id, order_id=order_id))


def unreviewed(order: Order) -> list[int]:
    """The lines that can be reviewed and are not."""
    if order.status is not OrderStatus.COMPLETED:
        return []
    written = service.of_order(order.member_id, order.id)
    return [each for each in range(len(order.lines)) if each not in written and writing.is_kept(order, each)]


def review(tx: Transaction, member_id: str, order_id: str) -> None:
    """Mark the lines that nobody reviewed. Such a mark is told apart from a review, and counts no stars."""
    member = Member.find(member_id, consistent=True)
    if member is None or member.status is not MemberStatus.ACTIVE:
        return
    order = orders.load(member_id, order_id, consistent=True)
    waiting = unreviewed(order)
    for line in waiting[:AT_ONCE]:
        mark = writing.draft(order, line, STARS)
        mark.text, mark.automatic, mark.anonymous, mark.status = WORDS, True, True, ReviewStatus.SHOWN
        mark.first_shown_at = mark.written_at
        writing.put(tx, mark)
    summary.count_automatic(tx, [order.lines[line].product_id for line in waiting[:AT_ONCE]])
    if len(waiting) > AT_ONCE:
        tx.emit(ReviewTimeOver(member_id=member_id, order_id=order_id))
