"""How check-in reacts to time and to what happens to accounts."""

from __future__ import annotations

from datetime import date

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments.members import service as facts
from chalicelib.loyalty.segments.rules.schemas import About
from chalicelib.loyalty.tasks.check_in import service
from chalicelib.loyalty.tasks.check_in.events import CheckedIn, CheckInDue, RemindCheckIn
from chalicelib.loyalty.tasks.check_in.make_up import service as make_up
from chalicelib.loyalty.tasks.check_in.models import CheckIn
from chalicelib.loyalty.tasks.check_in.rules.service import rules_on
from chalicelib.loyalty.tasks.check_in.streaks.service import ONE
from chalicelib.mall.identity.members.events import MemberClosed, MembersMerged


@subscribe(RemindCheckIn, queue="reactions")
def remind(event: RemindCheckIn, tx: Transaction) -> None:
    """Who wants it is told that today is still open; nobody is told about a day that is over."""
    account = CheckIn.find(event.member_id, consistent=True)
    if account is None or not account.remind or (account.last_day or "") >= event.day:
        return
    day = date.fromisoformat(event.day)
    if clock.today() != day or not rules_on(day).enabled:
        return
    alive = account.last_day == (day - ONE).isoformat()
    tx.emit(CheckInDue(member_id=event.member_id, day=event.day, streak=account.streak if alive else 0))


@subscribe(CheckedIn, queue="reactions")
def count_check_in(event: CheckedIn, tx: Transaction) -> None:
    """One more day, as rules of segments count them; mended ones do not."""
    if not event.made_up:
        facts.did(tx, event.member_id, About.CHECK_IN_COUNT)


@subscribe(MembersMerged, queue="reactions")
def inherit_cards(event: MembersMerged, tx: Transaction) -> None:
    """A shell's cards are the member's."""
    make_up.inherit(tx, event.member_id, event.from_member_id)


@subscribe(MemberClosed, queue="reactions")
def forget_check_ins(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no calendar behind."""
    service.forget(event.member_id)
