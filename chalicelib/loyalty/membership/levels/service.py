"""A member's level. Algorithm: docs/algorithms/membership.md, "Levels".

:func:`decide` and :func:`end` are pure; :func:`follow` writes what they say. The account's version is the lock: whoever
decides has it checked or changed in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.errors import MembershipMoved
from chalicelib.loyalty.membership.events import CheckLevelEnd, LevelChanged, LevelEnding, LevelEnds
from chalicelib.loyalty.membership.models import LEDGER, MALL, Growth, Held, LadderRow, Membership, Span
from chalicelib.loyalty.membership.schemas import Fall, Ladder, default_ladder

REMINDER = timedelta(days=14)
"""Before the end of a period: time to buy, and for what is bought to count."""


@dataclass(frozen=True)
class Standing:
    """Where a member stands, as :class:`Membership` keeps it."""

    held: tuple[Held, ...]
    base: int = 0

    @property
    def top(self) -> Held:
        """The level by growth."""
        return self.held[-1]


@dataclass(frozen=True)
class Loaded:
    """A member's account and row as they were read together, and the ladder."""

    account: Growth
    row: Membership | None
    ladder: Ladder

    @property
    def standing(self) -> Standing:
        return standing_of(self.row, self.ladder)


def load(member_id: str) -> Loaded:
    """All that decides about a member, this moment, in one round trip."""
    found = batch_get({Growth: [member_id], Membership: [member_id], LadderRow: [MALL]}, consistent=True)
    account = found[Growth].get(member_id) or LEDGER.empty(member_id)
    return Loaded(account, found[Membership].get(member_id), ladder_of(found[LadderRow].get(MALL)))


def ladder_of(stored: LadderRow | None) -> Ladder:
    """The ladder in a row that was read; the built-in one while staff wrote none."""
    return stored.ladder if stored is not None else default_ladder()


def level_of(row: Membership | None, ladder: Ladder) -> str:
    """The id of the level that counts now for a member whose row was read: one that the ladder has.

    By growth, or by a card that runs: the higher of the two.
    """
    places = [_place(standing_of(row, ladder).top, ladder)]
    if row is not None and row.cards:
        now = clock.now()
        places += [ladder.position(each.level) for each in row.cards if each.starts_at <= now < each.ends_at]
    return ladder.levels[max(places)].id


def standing_of(row: Membership | None, ladder: Ladder) -> Standing:
    """As stored; the lowest level for who has no row."""
    if row is None or not row.held:
        return Standing((Held(level=ladder.levels[0].id, growth=0, base=0),))
    return Standing(tuple(row.held), row.base)


def decide(now: Standing, growth: int, ladder: Ladder, at: datetime) -> Standing:
    """What follows from the growth value *growth*: pure. The same again changes nothing."""
    held = _known(now.held, ladder)
    counts = growth - now.base
    while len(held) > 1 and counts < held[-1].growth:
        held.pop()
    for number in range(ladder.position(held[-1].level) + 1, ladder.reached(counts) + 1):
        held.append(_begun(ladder, number, growth, at))
    held[-1] = _with_period(held[-1], growth, ladder, at)
    return Standing(tuple(held), now.base)


def end(now: Standing, growth: int, ladder: Ladder, at: datetime) -> Standing:
    """The period of the top level is over: it is kept, or goes. Pure."""
    number, gained, base = _place(now.top, ladder), growth - now.top.base, now.base
    if number > 0 and ladder.period_months and gained < ladder.levels[number].keep:
        number = number - 1 if ladder.fall is Fall.ONE_STEP else ladder.reached(gained)
        base = now.top.base
    return decide(Standing((_begun(ladder, number, growth, at),), base), growth, ladder, at)


def _place(held: Held, ladder: Ladder) -> int:
    """The place of a level that somebody has; of one that is gone, of the highest that is not above it."""
    number = ladder.position(held.level)
    return number if number >= 0 else ladder.reached(held.growth)


def _known(held: Sequence[Held], ladder: Ladder) -> list[Held]:
    """As the ladder has them now, ascending; the top one decides about those below."""
    known: list[Held] = []
    for each in reversed(held):
        number = _place(each, ladder)
        if not known or number < ladder.position(known[0].level):
            known.insert(0, each.model_copy(update={"level": ladder.levels[number].id}))
    return known


def _begun(ladder: Ladder, number: int, growth: int, at: datetime) -> Held:
    level = ladder.levels[number]
    return _with_period(Held(level=level.id, growth=level.growth, base=growth), growth, ladder, at)


def _with_period(held: Held, growth: int, ladder: Ladder, at: datetime) -> Held:
    """A level without an end gets its period; the lowest has none, nor has any where levels are held for good."""
    if ladder.position(held.level) == 0:
        return held.model_copy(update={"ends_at": None})
    if held.ends_at is not None or not ladder.period_months:
        return held
    return held.model_copy(update={"base": growth, "ends_at": period_end(at, ladder.period_months)})


def period_end(at: datetime, months: int) -> datetime:
    """The end of the business day *months* later; of its month's last day where the month is shorter."""
    today = clock.business_day(at)
    number = today.year * 12 + today.month - 1 + months
    first = date(number // 12, number % 12 + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return clock.day_start(min(first + timedelta(days=today.day - 1), last) + timedelta(days=1))


def follow(tx: Transaction, found: Loaded, after: Standing) -> bool:
    """Add to *tx* that the member stands as *after* says; nothing when nothing changes.

    The caller's transaction must hold the account under the version that *found* has.

    :returns: whether there was something to write. :raises MembershipMoved: (at commit) the row changed meanwhile.
    """
    row, member_id = found.row, found.account.member_id
    if row is not None and Standing(tuple(row.held), row.base) == after:
        return False
    now, version = clock.now(), row.version if row is not None else 0
    changed = Membership(
        member_id=member_id,
        level=after.top.level,
        since=row.since if row is not None and row.level == after.top.level else now,
        held=list(after.held),
        base=after.base,
        cards=row.cards if row is not None else [],
        version=version + 1,
    )
    unmoved = Membership.version == version if row is not None else Membership.member_id.does_not_exist()
    tx.put(changed, only_if=unmoved, otherwise=MembershipMoved())
    before = row.level if row is not None else ""
    if changed.level != before:
        tx.emit(LevelChanged(member_id=member_id, level=changed.level, before=before))
    top, old = after.top, row.held[-1] if row is not None and row.held else None
    if top.ends_at is not None and (old is None or (old.level, old.ends_at) != (top.level, top.ends_at)):
        tx.emit(LevelEnds(member_id=member_id, level=top.level, ends_at=top.ends_at), at=top.ends_at)
        check = CheckLevelEnd(member_id=member_id, level=top.level, ends_at=top.ends_at)
        tx.emit(check, at=top.ends_at - REMINDER)
    return True


def hold_cards(tx: Transaction, found: Loaded, cards: Sequence[Span]) -> None:
    """Add to *tx* what cards give the member of *found* from now on; the level by growth stays as it is.

    :raises MembershipMoved: (at commit) the row changed meanwhile.
    """
    row, standing = found.row, found.standing
    version = row.version if row is not None else 0
    changed = Membership(
        member_id=found.account.member_id,
        level=standing.top.level,
        since=row.since if row is not None else clock.now(),
        held=list(standing.held),
        base=standing.base,
        cards=list(cards),
        version=version + 1,
    )
    unmoved = Membership.version == version if row is not None else Membership.member_id.does_not_exist()
    tx.put(changed, only_if=unmoved, otherwise=MembershipMoved())


def hold_account(tx: Transaction, account: Growth) -> None:
    """Add to *tx* that the growth value is still what was read. :raises MembershipMoved: (at commit) it is not."""
    unmoved = Growth.version == account.version if account.version else Growth.member_id.does_not_exist()
    tx.check(Growth(member_id=account.member_id), only_if=unmoved, otherwise=MembershipMoved())


def settle(tx: Transaction, found: Loaded) -> bool:
    """Add to *tx* what the ladder of now says of a member whose growth stays as it is.

    :returns: whether there was something to write. :raises MembershipMoved: (at commit)
    """
    changed = follow(tx, found, decide(found.standing, found.account.balance, found.ladder, clock.now()))
    if changed:
        hold_account(tx, found.account)
    return changed


def missing_to_keep(found: Loaded) -> int:
    """So much growth more keeps the member's level by growth for another period; 0: it is kept, or has no end."""
    top, ladder = found.standing.top, found.ladder
    number = _place(top, ladder)
    if top.ends_at is None or number == 0 or not ladder.period_months:
        return 0
    return max(ladder.levels[number].keep - (found.account.balance - top.base), 0)


def remind(tx: Transaction, member_id: str, level: str, ends_at: datetime) -> None:
    """Announce that the level will be lost, if it still will; what a card gives beside it does not change that."""
    found = load(member_id)
    top = found.standing.top
    if (top.level, top.ends_at) == (level, ends_at) and clock.now() < ends_at and missing_to_keep(found) > 0:
        tx.emit(LevelEnding(member_id=member_id, level=level, ends_at=ends_at))


def end_period(tx: Transaction, member_id: str, level: str, ends_at: datetime) -> None:
    """The deadline of a period. One that is not the top level's any more decides nothing."""
    found = load(member_id)
    top = found.standing.top
    if found.row is None or (top.level, top.ends_at) != (level, ends_at) or clock.now() < ends_at:
        return
    if follow(tx, found, end(found.standing, found.account.balance, found.ladder, clock.now())):
        hold_account(tx, found.account)
