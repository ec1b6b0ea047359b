"""How segments react: what happens to a member counts at once, and walks go on."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments import service
from chalicelib.loyalty.segments.events import WalkMembers
from chalicelib.loyalty.segments.members import service as facts
from chalicelib.loyalty.segments.rules.schemas import About
from chalicelib.loyalty.segments.runs import service as runs
from chalicelib.mall.identity.members.events import (
    MemberClosed,
    MemberRegistered,
    MembersMerged,
    PhoneBound,
    ProfileChanged,
)
from chalicelib.trade.fulfillment.entitlements.events import EntitlementVerified
from chalicelib.trade.fulfillment.entitlements.models import Verification
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled, OrderCompleted, OrderLowered, OrderPaid, UnitsRefunded
from chalicelib.trade.reviews.events import ReviewPublished


@subscribe(OrderPaid, queue="reactions")
def note_paid(event: OrderPaid, tx: Transaction) -> None:
    """One more paid order."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    facts.note(tx, event.member_id, lambda known: facts.paid(known, order))


@subscribe(OrderCanceled, queue="reactions")
def note_called_off(event: OrderCanceled, tx: Transaction) -> None:
    """A paid order that ended without goods."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    if order.paid_at is not None:
        facts.note(tx, event.member_id, lambda known: facts.called_off(known, order))


@subscribe(OrderLowered, queue="reactions")
def note_lowered(event: OrderLowered, tx: Transaction) -> None:
    """Money went back, and no piece with it."""
    facts.note(tx, event.member_id, lambda known: facts.lowered(known, event.amount))


@subscribe(OrderCompleted, queue="reactions")
def note_completed(event: OrderCompleted, tx: Transaction) -> None:
    """One more order that reached its buyer."""
    facts.note(tx, event.member_id, facts.completed)


@subscribe(UnitsRefunded, queue="reactions")
def note_refunded(event: UnitsRefunded, tx: Transaction) -> None:
    """Goods that went back are not bought."""
    order = orders.load(event.member_id, event.order_id)
    facts.note(tx, event.member_id, lambda known: facts.refunded(known, order, event.units, event.refunded))


@subscribe(MemberRegistered, queue="reactions")
def look_at_newcomer(event: MemberRegistered, tx: Transaction) -> None:
    """Somebody new may belong somewhere from the first moment on."""
    facts.look_again(tx, event.member_id, {*About})


@subscribe(MemberRegistered, queue="reactions")
def count_friend(event: MemberRegistered, tx: Transaction) -> None:
    """Who brought them has one friend more."""
    if event.inviter_id not in (None, event.member_id):
        facts.did(tx, str(event.inviter_id), About.FRIEND_COUNT)


@subscribe(ReviewPublished, queue="reactions")
def count_review(event: ReviewPublished, tx: Transaction) -> None:
    """One more review that was shown."""
    facts.did(tx, event.member_id, About.REVIEW_COUNT)


@subscribe(EntitlementVerified, queue="reactions")
def note_store(event: EntitlementVerified, tx: Transaction) -> None:
    """They fetched something, or used a voucher, in a store."""
    found = Verification.find(event.entitlement_id, event.verification_id)
    if found is not None:
        facts.was_at(tx, event.member_id, found.store_id)


@subscribe(ProfileChanged, queue="reactions")
def look_at_profile(event: ProfileChanged, tx: Transaction) -> None:
    """What a member told of themself counts at once, where a rule reads it."""
    facts.look_again(tx, event.member_id, {facts.PROFILE[each] for each in event.fields if each in facts.PROFILE})


@subscribe(PhoneBound, queue="reactions")
def look_at_phone(event: PhoneBound, tx: Transaction) -> None:
    """The first number counts; another one is as good."""
    facts.look_again(tx, event.member_id, {About.PHONE_BOUND} if event.first else set())


@subscribe(MembersMerged, queue="reactions")
def merge_facts(event: MembersMerged, tx: Transaction) -> None:
    """What was known of both is known of one; the shell leaves its segments."""
    facts.merge(tx, event.member_id, event.from_member_id)
    service.forget_in(tx, event.from_member_id)


@subscribe(MemberClosed, queue="reactions")
def forget_facts(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no facts, tags or memberships behind."""
    service.forget_in(tx, event.member_id)


@subscribe(WalkMembers, queue="reactions")
def walk_members(event: WalkMembers, tx: Transaction) -> None:
    """The next page of a walk."""
    runs.walk(tx, event.run_id, event.part, event.step)
