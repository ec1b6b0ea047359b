"""How tasks react to what members do."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.tasks.center import service
from chalicelib.loyalty.tasks.center.claims import service as claims
from chalicelib.loyalty.tasks.center.events import MemberDid, TaskClaimed, TaskFinished, TaskReopened
from chalicelib.loyalty.tasks.center.models import TaskDay
from chalicelib.loyalty.tasks.center.numbers import service as numbers
from chalicelib.loyalty.tasks.center.schemas import CountsAt, Kind, Plan
from chalicelib.loyalty.tasks.center.service import Doing
from chalicelib.loyalty.tasks.check_in.events import CheckedIn
from chalicelib.mall.identity.members.events import MemberClosed, MemberRegistered, PhoneBound, ProfileChanged
from chalicelib.mall.links.errors import LinkNotFound
from chalicelib.mall.links.service import link_of
from chalicelib.mall.links.visits.events import LinkVisited
from chalicelib.trade.orders.events import OrderCompleted, OrderPaid, UnitsRefunded
from chalicelib.trade.reviews.events import ReviewPublished, ReviewWithdrawn
from chalicelib.trade.reviews.withdrawing import service as withdrawing


@subscribe(MemberRegistered, queue="reactions")
def count_registration(event: MemberRegistered, tx: Transaction) -> None:
    """The member is here."""
    service.count(tx, Doing(event.member_id, clock.now(), lambda plan: int(plan.kind is Kind.REGISTER)))


@subscribe(PhoneBound, queue="reactions")
def look_at_phone(event: PhoneBound, tx: Transaction) -> None:
    """There is a number now."""
    service.look(tx, event.member_id)


@subscribe(ProfileChanged, queue="reactions")
def look_at_profile(event: ProfileChanged, tx: Transaction) -> None:
    """The member told something of themself."""
    service.look(tx, event.member_id)


@subscribe(OrderPaid, queue="reactions")
def count_paid(event: OrderPaid, tx: Transaction) -> None:
    """For tasks that do not wait for the goods."""
    service.count_order(tx, event.member_id, event.order_id, CountsAt.PAID)


@subscribe(OrderCompleted, queue="reactions")
def count_completed(event: OrderCompleted, tx: Transaction) -> None:
    """The goods are with the buyer."""
    service.count_order(tx, event.member_id, event.order_id, CountsAt.COMPLETED)


@subscribe(UnitsRefunded, queue="reactions")
def recount_order(event: UnitsRefunded, tx: Transaction) -> None:
    """What went back does not count, while nothing was claimed for it."""
    service.recount_order(tx, event.member_id, event.order_id)


@subscribe(CheckedIn, queue="reactions")
def count_check_in(event: CheckedIn, tx: Transaction) -> None:
    """A day on which the member checked in; a mended one is none."""
    if not event.made_up:
        service.count(tx, Doing(event.member_id, event.at, lambda plan: int(plan.kind is Kind.CHECK_IN)))


@subscribe(LinkVisited, queue="reactions")
def count_friend(event: LinkVisited, tx: Transaction) -> None:
    """Another member opened the sharer's link; each friend once for a task and period."""
    try:
        sharer_id = link_of(event.code).member_id
    except LinkNotFound:
        return
    if sharer_id is None or event.member_id in (None, sharer_id):
        return
    doing = Doing(sharer_id, event.at, lambda plan: int(plan.kind is Kind.FRIEND_VISITS), event.member_id)
    service.count(tx, doing)


@subscribe(ReviewPublished, queue="reactions")
def count_review(event: ReviewPublished, tx: Transaction) -> None:
    """A review that everybody sees: tasks of the kind ``custom`` know it by the word ``review``."""

    def worth(plan: Plan) -> int:
        return int(plan.kind is Kind.CUSTOM and plan.word == "review")

    if withdrawing.require_counting(tx, event.member_id, event.review_id):
        service.count(tx, Doing(event.member_id, clock.now(), worth, event.review_id, may_go_back=True))


@subscribe(ReviewWithdrawn, queue="reactions")
def discount_review(event: ReviewWithdrawn, tx: Transaction) -> None:
    """It counts no more, while nothing was claimed for it."""
    service.recount(tx, event.member_id, event.review_id, lambda kind: 0)


@subscribe(MemberDid, queue="reactions")
def count_doing(event: MemberDid, tx: Transaction) -> None:
    """What a feature above, or staff, say."""

    def worth(plan: Plan) -> int:
        return event.times if plan.kind is Kind.CUSTOM and plan.word == event.what else 0

    service.count(tx, Doing(event.member_id, event.at, worth))


@subscribe(TaskFinished, queue="reactions")
def give_automatic(event: TaskFinished, tx: Transaction) -> None:
    """Some rewards come by themselves."""
    claims.give_automatic(tx, event.member_id, event.task_id, event.period)


@subscribe(TaskFinished, queue="reactions")
def count_finished(event: TaskFinished, tx: Transaction) -> None:
    """The task's numbers."""
    numbers.add(tx, event.task_id, TaskDay.finished.add(1))


@subscribe(TaskReopened, queue="reactions")
def count_reopened(event: TaskReopened, tx: Transaction) -> None:
    """The task's numbers."""
    numbers.add(tx, event.task_id, TaskDay.finished.add(-1))


@subscribe(TaskClaimed, queue="reactions")
def count_claimed(event: TaskClaimed, tx: Transaction) -> None:
    """The task's numbers."""
    numbers.add(tx, event.task_id, TaskDay.claimed.add(1), TaskDay.finished.add(int(event.at_once)))


@subscribe(MemberClosed, queue="reactions")
def forget_progress(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no progress behind."""
    service.forget(event.member_id)
