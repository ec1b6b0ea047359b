"""How gifts react: to people, to levels, to days."""

from __future__ import annotations

from datetime import date

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.gifts import service
from chalicelib.loyalty.gifts.days import service as days
from chalicelib.loyalty.gifts.events import GiveDayGift, GiveSlot, GiveUpgradeGift
from chalicelib.loyalty.membership.events import LevelChanged
from chalicelib.mall.identity.members.events import MemberClosed, MemberRegistered, MembersMerged, ProfileChanged


@subscribe(MemberRegistered, queue="reactions")
def enter_calendar(event: MemberRegistered, tx: Transaction) -> None:
    """The day of registration comes again each year."""
    days.enter(tx, event.member_id)


@subscribe(ProfileChanged, queue="reactions")
def move_birthday(event: ProfileChanged, tx: Transaction) -> None:
    """The calendar follows the birthday."""
    if "birthday" in event.fields:
        days.enter(tx, event.member_id)


@subscribe(LevelChanged, queue="reactions")
def plan_upgrade_gifts(event: LevelChanged, tx: Transaction) -> None:
    """A gift for each level on the way up, when it is sure to stay."""
    service.plan_upgrade_gifts(tx, event.member_id, event.level, event.before)


@subscribe(GiveUpgradeGift, queue="reactions")
def give_upgrade_gift(event: GiveUpgradeGift, tx: Transaction) -> None:
    """The level stayed."""
    service.give_upgrade_gift(tx, event.member_id, event.level)


@subscribe(GiveSlot, queue="reactions")
def give_slot(event: GiveSlot, tx: Transaction) -> None:
    """The next page of a slot of the calendar."""
    days.give_slot(tx, event)


@subscribe(GiveDayGift, queue="reactions")
def give_day_gift(event: GiveDayGift, tx: Transaction) -> None:
    """One member's gift of a day, in a transaction of its own."""
    days.give_day_gift(tx, event.member_id, event.kind, date.fromisoformat(event.day))


@subscribe(MembersMerged, queue="reactions")
def leave_calendar(event: MembersMerged, tx: Transaction) -> None:
    """The shell is nobody any more; what it knew of the member came as ``ProfileChanged``."""
    days.leave(tx, event.from_member_id)


@subscribe(MemberClosed, queue="reactions")
def forget_gifts(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no dates and no gifts behind."""
    service.forget(event.member_id)
    days.leave(tx, event.member_id)
