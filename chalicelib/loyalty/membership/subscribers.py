"""How membership reacts to orders, to members and to time."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership import service
from chalicelib.loyalty.membership.events import CheckLevelEnd, LevelChanged, LevelEnds
from chalicelib.loyalty.membership.growth import service as growth
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.membership.shipping import service as shipping
from chalicelib.loyalty.points.events import InvitationFulfilled
from chalicelib.loyalty.wallet.events import PrincipalReturned, ToppedUp
from chalicelib.mall.identity.members.events import MemberClosed, MemberRegistered, MembersMerged
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled, OrderCompleted, OrderEmptied, UnitsRefunded
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.reviews.events import ReviewPublished, ReviewWithdrawn
from chalicelib.trade.reviews.withdrawing import service as withdrawing


@subscribe(OrderCompleted, queue="reactions")
def earn_growth(event: OrderCompleted, tx: Transaction) -> None:
    """The order's growth, and the level that it reaches."""
    growth.earn_by_order(tx, orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(UnitsRefunded, queue="reactions")
def take_back_growth(event: UnitsRefunded, tx: Transaction) -> None:
    """What the pieces gave is taken back, and a level that was reached by it."""
    growth.take_back(tx, orders.load(event.member_id, event.order_id, consistent=True), event.refund_id)


@subscribe(ReviewPublished, queue="reactions")
def earn_growth_for_review(event: ReviewPublished, tx: Transaction) -> None:
    """What the rules give for a review, once everybody sees it; one that counts no more earns nothing."""
    if withdrawing.require_counting(tx, event.member_id, event.review_id):
        growth.earn_for_doing(tx, event.member_id, "review", event.review_id)


@subscribe(ReviewWithdrawn, queue="reactions")
def take_back_growth_of_review(event: ReviewWithdrawn, tx: Transaction) -> None:
    """It counts no more, and a level that was reached by it goes."""
    growth.take_back_doing(tx, event.member_id, "review", event.review_id)


@subscribe(InvitationFulfilled, queue="reactions")
def earn_growth_for_invitation(event: InvitationFulfilled, tx: Transaction) -> None:
    """What the rules give for a friend who bought something and kept it."""
    growth.earn_for_doing(tx, event.member_id, "invite", event.friend_id)


@subscribe(ToppedUp, queue="reactions")
def give_growth(event: ToppedUp, tx: Transaction) -> None:
    """The growth that comes with a top-up."""
    growth.earn_by_top_up(tx, purchases.load(event.top_up_id))


@subscribe(PrincipalReturned, queue="reactions")
def take_growth_back(event: PrincipalReturned, tx: Transaction) -> None:
    """It goes as the principal goes."""
    growth.take_back_of_top_up(tx, purchases.load(event.top_up_id), event.before_amount, event.amount)


@subscribe(OrderCanceled, queue="reactions")
def return_shipping(event: OrderCanceled, tx: Transaction) -> None:
    """The month's free shipping that the order took."""
    shipping.give_back(tx, orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(OrderEmptied, queue="reactions")
def return_shipping_of_emptied(event: OrderEmptied, tx: Transaction) -> None:
    """The same: nothing of the order was ever sent."""
    shipping.give_back(tx, orders.load(event.member_id, event.order_id, consistent=True))


@subscribe(LevelEnds, queue="reactions")
def end_level_period(event: LevelEnds, tx: Transaction) -> None:
    """The level is kept, or goes."""
    levels.end_period(tx, event.member_id, event.level, event.ends_at)


@subscribe(CheckLevelEnd, queue="reactions")
def remind_of_level(event: CheckLevelEnd, tx: Transaction) -> None:
    """Announce that the level will be lost, if it still will."""
    levels.remind(tx, event.member_id, event.level, event.ends_at)


@subscribe(LevelChanged, queue="reactions")
def announce_level(event: LevelChanged, tx: Transaction) -> None:
    """The rest of the house reads the level on the noticeboard."""
    service.announce(tx, event.member_id)


@subscribe(MemberRegistered, queue="reactions")
def begin_membership(event: MemberRegistered, tx: Transaction) -> None:
    """Who comes has the lowest level."""
    levels.settle(tx, levels.load(event.member_id))


@subscribe(MembersMerged, queue="reactions")
def merge_growth(event: MembersMerged, tx: Transaction) -> None:
    """The growth of both is the growth of one."""
    growth.merge(tx, event.member_id, event.from_member_id)


@subscribe(MemberClosed, queue="reactions")
def forget_membership(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no growth and no level behind."""
    growth.forget(tx, event.member_id)
    shipping.forget(event.member_id)
