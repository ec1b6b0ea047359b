"""What happens to a member goes into the facts, and at once into stage, scores, tags and segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Set

from chalicelib.core import clock
from chalicelib.core.errors import NotFound
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments import service
from chalicelib.loyalty.segments.errors import FactsMoved, TooManyTags, UnknownTag
from chalicelib.loyalty.segments.members.schemas import EditTags, FactsView
from chalicelib.loyalty.segments.models import MemberFacts, StageEntry
from chalicelib.loyalty.segments.rules.schemas import About
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.returns.service import takes_the_rest
from chalicelib.trade.pricing.service import unit_amounts

MAX_HAND_TAGS = 20
MAX_STORES = 20
EXPORTED = 100
SHOWN = 20
TRIES = 5
PROFILE = {
    "gender": About.GENDER,
    "birthday": About.BIRTHDAY_MONTH,
    "region_code": About.REGION,
    "interests": About.INTERESTS,
    "occupation": About.OCCUPATION,
    "income_band": About.INCOME_BAND,
}
"""Fields of the profile that a rule can read."""


def note(tx: Transaction, member_id: str, change: Callable[[MemberFacts], None]) -> None:
    """Change the facts, and all that follows from them; nothing for a member who is not active any more.

    :raises FactsMoved: (at commit) they were written meanwhile; the reaction comes again.
    """
    member, facts = service.load(member_id)
    if member is not None:
        change(facts)
        service.settle(tx, member, facts, service.setup(), moved=True)


def look_again(tx: Transaction, member_id: str, changed: Set[About]) -> None:
    """What rules read of the member's own row may have changed: profile, phone, level. For higher floors as well.

    Costs no read if no rule can read it, two if no active segment's rule does, and no write if the member stays where
    they are. Nothing for a member who is not active. Who never was in a segment and fits none waits for the night.

    :raises FactsMoved: (at commit) facts or member were written meanwhile; the reaction comes again.
    """
    if not changed:
        return
    by = service.setup()
    if not by.asked & changed:
        return
    member, facts = service.load(member_id)
    if member is None:
        return
    if facts.stage is None and not service.judge(member, facts, by, clock.now()).segments:
        return
    service.settle(tx, member, facts, by, moved=False)


def paid(facts: MemberFacts, order: Order) -> None:
    """One more paid order. Orders may come in any sequence."""
    at = order.paid_at or order.placed_at
    facts.order_count += 1
    facts.paid_amount += order.paid_amount
    facts.first_paid_at = min(facts.first_paid_at or at, at)
    facts.last_paid_at = max(facts.last_paid_at or at, at)


def called_off(facts: MemberFacts, order: Order) -> None:
    """A paid order was canceled whole, as if it had never been paid."""
    facts.order_count -= 1
    facts.paid_amount -= order.paid_amount
    if not facts.order_count:
        facts.first_paid_at = facts.last_paid_at = None


def lowered(facts: MemberFacts, amount: int) -> None:
    """A paid order costs less than was paid."""
    facts.paid_amount -= amount


def completed(facts: MemberFacts) -> None:
    """One more order that reached its buyer."""
    facts.completed_count += 1


def refunded(facts: MemberFacts, order: Order, units: dict[str, int], so_far: dict[str, int]) -> None:
    """Pieces that went back. By the running total, so that any sequence of refunds sums to the line, to the fen."""
    for number, pieces in units.items():
        amounts, end = unit_amounts(order.lines[int(number)]), so_far.get(number, pieces)
        facts.refunded_amount += sum(amounts[end - pieces : end])
    facts.returned_count += int(takes_the_rest(order.lines, units, so_far))


def did(tx: Transaction, member_id: str, what: About, *, times: int = 1, store_id: str | None = None) -> None:
    """One more of what members do, and where they were served. For higher floors as well.

    :param times: negative: it was undone.
    :raises FactsMoved: (at commit) the facts were written meanwhile; the reaction comes again.
    """

    def change(facts: MemberFacts) -> None:
        behavior = facts.behavior or {}
        facts.behavior = {**behavior, what: max(behavior.get(what, 0) + times, 0)}
        if store_id is not None:
            _was_at(facts, store_id)

    note(tx, member_id, change)


def was_at(tx: Transaction, member_id: str, store_id: str) -> None:
    """The member was served in a store; again, nothing changes. :raises FactsMoved: (at commit)"""
    member, facts = service.load(member_id)
    if member is not None and (facts.stores or [])[-1:] != [store_id]:
        _was_at(facts, store_id)
        service.settle(tx, member, facts, service.setup(), moved=True)


def _was_at(facts: MemberFacts, store_id: str) -> None:
    before = [each for each in facts.stores or [] if each != store_id]
    facts.stores = [*before, store_id][-MAX_STORES:]


def merge(tx: Transaction, member_id: str, from_member_id: str) -> None:
    """A shell went into a member: what was known of both is known of one, also if it is only of the person."""
    _, other = service.load(from_member_id)
    if not other.version:
        look_again(tx, member_id, {About.GENDER, About.BIRTHDAY_MONTH})
        return
    note(tx, member_id, lambda facts: _absorb(facts, other))


def _absorb(facts: MemberFacts, other: MemberFacts) -> None:
    for name in ("order_count", "returned_count", "completed_count", "paid_amount", "refunded_amount"):
        setattr(facts, name, getattr(facts, name) + getattr(other, name))
    first = [each for each in (facts.first_paid_at, other.first_paid_at) if each is not None]
    last = [each for each in (facts.last_paid_at, other.last_paid_at) if each is not None]
    facts.first_paid_at, facts.last_paid_at = min(first, default=None), max(last, default=None)
    facts.hand_tags = sorted({*facts.hand_tags, *other.hand_tags})[:MAX_HAND_TAGS]
    mine, theirs = Counter(facts.behavior or {}), Counter(other.behavior or {})
    facts.behavior = dict(mine + theirs) or None
    facts.stores = list(dict.fromkeys([*(other.stores or []), *(facts.stores or [])]))[-MAX_STORES:] or None


def show(member_id: str) -> FactsView:
    """:raises NotFound: no such member, or not active any more."""
    member, facts = service.load(member_id)
    if member is None:
        raise NotFound()
    return FactsView.of(facts, _history(member_id, SHOWN))


def export(member_id: str) -> dict[str, object]:
    """For the copy of the member's personal data. Registered with identity."""
    _, facts = service.load(member_id)
    return FactsView.of(facts, _history(member_id, EXPORTED)).model_dump(mode="json")


def _history(member_id: str, limit: int) -> list[StageEntry]:
    return list(StageEntry.query(member_id, scan_index_forward=False, limit=limit, consistent_read=True))


def edit_tags(member_id: str, asked: EditTags) -> FactsView:
    """Put tags on a member by hand, and take them off; the same twice is once.

    :raises NotFound: no such member. :raises UnknownTag: there is no such tag. :raises TooManyTags:
    :raises FactsMoved: the facts move faster than we read.
    """
    for attempt in range(TRIES):
        try:
            _edit_tags(member_id, asked)
            break
        except FactsMoved:
            if attempt == TRIES - 1:
                raise
    return show(member_id)


def _edit_tags(member_id: str, asked: EditTags) -> None:
    (member, facts), by = service.load(member_id), service.setup()
    if member is None:
        raise NotFound()
    for tag in asked.add:
        if tag not in by.settings.tags:
            raise UnknownTag(tag=tag)
    # Those that there are no longer make room.
    after = sorted(({*facts.hand_tags} & {*by.settings.tags} | {*asked.add}) - {*asked.remove})
    if len(after) > MAX_HAND_TAGS:
        raise TooManyTags(limit=MAX_HAND_TAGS)
    if after != facts.hand_tags:
        facts.hand_tags = after
        with Transaction() as tx:
            service.settle(tx, member, facts, by, moved=True)
