"""Birthdays and anniversaries by a calendar that is kept, not searched. Algorithm: docs/algorithms/gifts.md."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta

from chalicelib.core import clock, pages
from chalicelib.core.errors import Unauthorized
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.gifts import service
from chalicelib.loyalty.gifts.errors import DatesMoved, DayTaken
from chalicelib.loyalty.gifts.events import GiveDayGift, GiveSlot
from chalicelib.loyalty.gifts.models import MALL, SHARDS, GiftMark, MemberDates, MemberDay, slot, slot_of
from chalicelib.loyalty.gifts.schemas import GiftKind
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member, MemberStatus

PAGE = 40
CATCH_UP = 60
"""Days that were missed are made up, so many at most."""
DAYS = (GiftKind.BIRTHDAY, GiftKind.ANNIVERSARY)
LEAP_DAY = "02-29"


def slots_of(member: Member) -> list[str]:
    """Where *member* stands in the calendar. A shell has no login and gets no gifts."""
    if member.status is not MemberStatus.ACTIVE or member.openid is None:
        return []
    found = [slot(GiftKind.ANNIVERSARY, f"{clock.business_day(member.registered_at):%m-%d}", member.id)]
    if member.birthday:
        found.append(slot(GiftKind.BIRTHDAY, member.birthday[5:], member.id))
    return found


def enter(tx: Transaction, member_id: str) -> None:
    """Put a member where the calendar should have them, as they are at this moment.

    Who says that today is the day has it today: the run of the day may be over.

    :raises DatesMoved: (at commit) somebody else moved them; the reaction comes again.
    """
    member = Member.find(member_id, consistent=True)
    if member is None:
        return
    _move(tx, member_id, slots_of(member), MemberDates.find(member_id, consistent=True))
    today = clock.today()
    if member.birthday and _is_day(date.fromisoformat(member.birthday), today):
        tx.emit(GiveDayGift(member_id=member_id, kind=GiftKind.BIRTHDAY, day=today.isoformat()))


def leave(tx: Transaction, member_id: str) -> None:
    """Take a member out of the calendar."""
    dates = MemberDates.find(member_id, consistent=True)
    if dates is not None:
        for each in dates.slots:
            tx.delete(MemberDay(slot=each, member_id=member_id))
        tx.delete(dates, only_if=MemberDates.version == dates.version, otherwise=DatesMoved())


def visit(page: Sequence[Member]) -> None:
    """Members who were there before the calendar. Plugged into the walk of segments."""
    found = batch_get({MemberDates: [each.id for each in page]}, consistent=True)[MemberDates]
    for member in page:
        # Who closed the account or was moved meanwhile is left alone.
        with suppress(DatesMoved, Unauthorized), Transaction() as tx:
            if _move(tx, member.id, slots_of(member), found.get(member.id)):
                members.require_active(tx, member.id)


def _move(tx: Transaction, member_id: str, wanted: list[str], dates: MemberDates | None) -> bool:
    had, version = (dates.slots, dates.version) if dates is not None else ([], 0)
    if set(had) == set(wanted):
        return False
    unmoved = MemberDates.version == version if version else MemberDates.member_id.does_not_exist()
    changed = MemberDates(member_id=member_id, slots=wanted, version=version + 1)
    tx.put(changed, only_if=unmoved, otherwise=DatesMoved())
    for each in sorted(set(had) - set(wanted)):
        tx.delete(MemberDay(slot=each, member_id=member_id))
    for each in sorted(set(wanted) - set(had)):
        tx.put(MemberDay(slot=each, member_id=member_id))
    return True


def run() -> int:
    """Begin every business day that has not begun, oldest first: its slots become messages, once.

    The mark moves in the transaction that sends them: a run that dies between two days goes on at the next one, two
    runs at once begin a day once.

    :returns: how many days.
    """
    begun, today = 0, clock.today()
    mark = GiftMark.find(MALL, consistent=True)
    day = date.fromisoformat(mark.through) if mark is not None else today - timedelta(days=1)
    day = max(day, today - timedelta(days=CATCH_UP))
    with suppress(DayTaken):
        while day < today:
            day += timedelta(days=1)
            mark = _begin(day, mark)
            begun += 1
    return begun


def _begin(day: date, mark: GiftMark | None) -> GiftMark:
    after = GiftMark(shop=MALL, through=day.isoformat())
    unmoved = GiftMark.through == mark.through if mark is not None else GiftMark.shop.does_not_exist()
    with Transaction() as tx:
        tx.put(after, only_if=unmoved, otherwise=DayTaken())
        for kind in DAYS:
            for name in _names(day):
                for shard in range(SHARDS):
                    tx.emit(GiveSlot(kind=kind, slot=slot_of(kind, name, shard), day=day.isoformat()))
    return after


def _names(day: date) -> list[str]:
    """The days of the year that *day* is: the last of February is also the 29th where that is missing."""
    name = f"{day:%m-%d}"
    return [name, LEAP_DAY] if name == "02-28" and not isleap(day.year) else [name]


def _is_day(born: date, day: date) -> bool:
    return f"{born:%m-%d}" in _names(day)


def give_slot(tx: Transaction, event: GiveSlot) -> None:
    """One message for each member of the next page, and one for the page after it: a slot is never a flood."""
    found, cursor = pages.query(MemberDay, event.slot, limit=PAGE, cursor=event.cursor or None)
    for each in found:
        tx.emit(GiveDayGift(member_id=each.member_id, kind=event.kind, day=event.day))
    if cursor is not None:
        tx.emit(event.model_copy(update={"cursor": cursor}))


def give_day_gift(tx: Transaction, member_id: str, kind: GiftKind, day: date) -> None:
    """The gift of the year of *day*, if the day is the member's: a birthday may have been changed since."""
    member = Member.find(member_id, consistent=True)
    if member is None or not slots_of(member):
        return
    joined = clock.business_day(member.registered_at)
    if kind is GiftKind.BIRTHDAY:
        due = member.birthday is not None and _is_day(date.fromisoformat(member.birthday), day)
    else:
        due = _is_day(joined, day) and day.year > joined.year
    if due:
        service.give(tx, member_id, kind, str(day.year))
