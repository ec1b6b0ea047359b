"""How points react to orders and to time."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points import service
from chalicelib.loyalty.points.adjuster import MALL_ITEM
from chalicelib.loyalty.points.earning import service as earning
from chalicelib.loyalty.points.events import ExpirePoints, InvitationDue, InvitationFulfilled, ReleasePoints
from chalicelib.loyalty.points.invitations import service as invitations
from chalicelib.loyalty.points.models import PointsMonth
from chalicelib.loyalty.points.reviews import service as reviews
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.after_sales.claims import service as claims
from chalicelib.trade.after_sales.events import ReplacementRefunded, StockReturned
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled, OrderCompleted, UnitsRefunded
from chalicelib.trade.reviews.events import ReviewPublished, ReviewWithdrawn

LOOK_AGAIN = timedelta(days=1)


@subscribe(OrderCompleted, queue="reactions")
def earn_points(event: OrderCompleted, tx: Transaction) -> None:
    """The order's points, frozen for a while. The buyer may be somebody's friend, too."""
    order, member = orders.load(event.member_id, event.order_id, consistent=True), Member.find(event.member_id)
    if member is not None and member.closed_at is None:
        earning.post_earned(tx, order, member)
        invitations.watch(tx, order, member)


@subscribe(InvitationDue, queue="reactions")
def decide_invitation(event: InvitationDue, tx: Transaction) -> None:
    """Whether the friend kept something."""
    invitations.decide(tx, event, orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(InvitationFulfilled, queue="reactions")
def earn_for_invitation(event: InvitationFulfilled, tx: Transaction) -> None:
    """What the rules give for a friend."""
    invitations.earn(tx, event.member_id, event.friend_id)


@subscribe(ReviewPublished, queue="reactions")
def earn_for_review(event: ReviewPublished, tx: Transaction) -> None:
    """What the rules give for a review, once everybody sees it."""
    reviews.earn(tx, event.member_id, event.review_id)


@subscribe(ReviewWithdrawn, queue="reactions")
def take_back_for_review(event: ReviewWithdrawn, tx: Transaction) -> None:
    """It counts no more: what it earned is taken back, also if it was spent."""
    reviews.take_back(tx, event.member_id, event.review_id)


@subscribe(ReleasePoints, queue="reactions")
def release_points(event: ReleasePoints, tx: Transaction) -> None:
    """Nothing can be returned any more: they are free. While an after-sale is open, they wait a day more."""
    if claims.asks_for_pieces(event.order_id):
        tx.emit(event, at=clock.now() + LOOK_AGAIN)
    else:
        earning.release(tx, event.member_id, event.order_id)


@subscribe(OrderCanceled, queue="reactions")
def return_points(event: OrderCanceled, tx: Transaction) -> None:
    """What the order spent is the member's again."""
    earning.give_back_all(tx, orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(StockReturned, queue="reactions")
def return_exchanged(event: StockReturned, tx: Transaction) -> None:
    """Pieces of the points mall that never left, or came back as good as new: others can have them, and so can the
    member. In an exchange another piece took their place."""
    if not event.replaced:
        _give_back_pieces(tx, event)


@subscribe(ReplacementRefunded, queue="reactions")
def return_not_replaced(event: ReplacementRefunded, tx: Transaction) -> None:
    """No other piece took their place in the end: the member can have them again."""
    _give_back_pieces(tx, event)


@subscribe(UnitsRefunded, queue="reactions")
def take_back_points(event: UnitsRefunded, tx: Transaction) -> None:
    """What the pieces earned is taken back."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    earning.take_back_earned(tx, order, event.refund_id)


@subscribe(UnitsRefunded, queue="reactions")
def return_points_of_refunded(event: UnitsRefunded, tx: Transaction) -> None:
    """What the pieces cost in points comes back."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    earning.give_back_spent(tx, order, event.refund_id, _numbers(event.units), _numbers(event.refunded))


@subscribe(ExpirePoints, queue="reactions")
def expire_points(event: ExpirePoints, tx: Transaction) -> None:
    """The month is over: what is left of it goes."""
    account = service.open_account(event.member_id)
    left = account.buckets.get(event.month, 0)
    if left > 0:
        service.post(tx, account, "expired", event.month, {event.month: -left})
    tx.delete(PointsMonth(month=event.month, member_id=event.member_id))


def _numbers(units: dict[str, int]) -> dict[int, int]:
    return {int(number): pieces for number, pieces in units.items()}


def _give_back_pieces(tx: Transaction, event: StockReturned | ReplacementRefunded) -> None:
    order = orders.load(event.member_id, event.order_id)
    if any(each.kind == MALL_ITEM for each in order.adjustments):
        earning.give_back_pieces(tx, order, _numbers(event.units))
