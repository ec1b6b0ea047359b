"""What happens to reviews is told to their writers."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.kinds.schemas import Value
from chalicelib.growth.notifications.reviews import service
from chalicelib.growth.notifications.service import tell
from chalicelib.trade.orders import service as orders
from chalicelib.trade.reviews import service as reviews
from chalicelib.trade.reviews.automatic.service import unreviewed
from chalicelib.trade.reviews.events import ReviewDue, ReviewReplied
from chalicelib.trade.reviews.writing.service import review_by


@subscribe(ReviewDue, queue="notifications")
def tell_review_due(event: ReviewDue, tx: Transaction) -> None:
    """A line waits for a review; who has written one is left in peace."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    waiting = unreviewed(order)
    if waiting:
        said: dict[str, Value] = {
            "order_number": order.number,
            "product_name": order.lines[waiting[0]].name,
            "review_by": review_by(order),
        }
        links = {"order_id": order.id}
        tell(tx, service.REVIEW_DUE, member_id=order.member_id, group=order.id, values=said, links=links)


@subscribe(ReviewReplied, queue="notifications")
def tell_replied(event: ReviewReplied, tx: Transaction) -> None:
    """Staff answered; what they change of the answer later is not told."""
    review = reviews.load(event.member_id, event.review_id)
    if review.reply is not None and review.replied_at is not None:
        reply = service.short(review.reply)
        said: dict[str, Value] = {"product_name": review.name, "reply": reply, "replied_at": review.replied_at}
        tell(tx, service.REVIEW_REPLIED, member_id=review.member_id, group=review.id, values=said, links={})
