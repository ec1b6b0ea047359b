"""Asking to be told, taking it back, seeing it. Promise and algorithm: docs/algorithms/reminders.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition

from chalicelib.core import clock, pages
from chalicelib.core.ledgers import insistently
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.models import LIVE, MALL, Campaign, CampaignDay, CampaignStatus
from chalicelib.growth.campaigns.base.plays.service import play_of
from chalicelib.growth.campaigns.base.reminders.errors import (
    ReminderMoved,
    ReminderNotForYou,
    ReminderTooLate,
    SessionUnknown,
    TooManyReminders,
)
from chalicelib.growth.campaigns.base.reminders.models import (
    Reminder,
    ReminderBook,
    occasion_of,
    parse_occasion,
    slot_of,
)
from chalicelib.growth.campaigns.base.reminders.schemas import ReminderState, ReminderView
from chalicelib.growth.campaigns.base.service import is_open_to
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member

MAX_WAITING = 50
KEEP = timedelta(days=90)
"""After the campaign's end, for its numbers."""


def ask(member_id: str, campaign_id: str, session: str = "") -> ReminderView:
    """The member will be told when it begins; who asked already is answered the same. One read, one transaction.

    :raises CampaignNotFound: a draft is none. :raises SessionUnknown, ReminderTooLate, ReminderNotForYou:
    :raises TooManyReminders: so many wait already. :raises ReminderMoved: the member taps faster than we write.
    """
    return insistently(lambda: _ask(member_id, campaign_id, session))


def take_back(member_id: str, campaign_id: str, session: str = "") -> None:
    """The member will not be told. Nothing is there, or they were told already: nothing happens.

    :raises ReminderMoved: the member taps faster than we write.
    """
    insistently(lambda: _take_back(member_id, occasion_of(campaign_id, session)))


def mine(member_id: str, asked: PageQuery) -> Page[ReminderView]:
    """The member's reminders, of the newest campaign first. Two reads."""
    found, cursor = pages.query(Reminder, member_id, limit=asked.limit, cursor=asked.cursor, consistent=True)
    keys = [(MALL, parse_occasion(each.occasion)[0]) for each in found]
    campaigns = batch_get({Campaign: keys})[Campaign] if keys else {}
    items = [_view(each, campaigns.get(key)) for each, key in zip(found, keys, strict=True)]
    return Page[ReminderView](items=items, cursor=cursor)


def window_of(campaign: Campaign, session: str) -> tuple[datetime, datetime] | None:
    """When it begins and ends; None: the campaign has no such session."""
    found: Mapping[str, tuple[datetime, datetime]] = play_of(campaign.play).windows(campaign)
    return found.get(session)


def remind_at(campaign: Campaign, starts_at: datetime) -> datetime:
    """When members are told; from then on nobody can ask any more."""
    return starts_at - timedelta(minutes=campaign.remind_minutes)


def came(row: Reminder) -> None:
    """Its member looks at the campaign while it runs; counted the first time, beside the answer."""
    if row.came_at is None:
        try:
            with Transaction() as tx:
                first = Reminder.came_at.does_not_exist() & Reminder.asked_at.exists()
                tx.update(_key(row), [Reminder.came_at.set(clock.now())], only_if=first, otherwise=ReminderMoved())
                campaign_id, _ = parse_occasion(row.occasion)
                statistics.count(tx, campaign_id, row.member_id, CampaignDay.reminder_came_count.add(1))
        except ReminderMoved:
            pass  # another look at the same moment


def export(member_id: str) -> list[dict[str, object]]:
    """What the member wanted to be told of, for the copy of their personal data."""
    return [{"occasion": each.occasion, "asked_at": each.asked_at} for each in Reminder.query(member_id)]


def forget(member_id: str) -> None:
    """A closed account leaves no wishes behind. Running it twice does no harm."""
    Reminder.delete_under(member_id)
    ReminderBook(member_id=member_id).delete()


def _ask(member_id: str, campaign_id: str, session: str) -> ReminderView:
    now, occasion = clock.now(), occasion_of(campaign_id, session)
    key = (member_id, occasion)
    found = batch_get(
        {Campaign: [(MALL, campaign_id)], Reminder: [key], ReminderBook: [member_id], Member: [member_id]},
        consistent=True,
    )
    campaign: Campaign | None = found[Campaign].get((MALL, campaign_id))
    if campaign is None or campaign.status is CampaignStatus.DRAFT:
        raise CampaignNotFound()
    window = window_of(campaign, session)
    if window is None:
        raise SessionUnknown()
    if key in found[Reminder]:
        return _view(found[Reminder][key], campaign)
    starts_at, _ = window
    if campaign.status not in LIVE or now >= remind_at(campaign, starts_at):
        raise ReminderTooLate(starts_at=starts_at)
    if not is_open_to(campaign, found[Member].get(member_id), starts_at):
        raise ReminderNotForYou()
    row = Reminder(
        member_id=member_id,
        occasion=occasion,
        slot=slot_of(occasion, member_id),
        asked_at=now,
        expires_at=int((campaign.ends_at + KEEP).timestamp()),
    )
    _write(row, starts_at, found[ReminderBook].get(member_id) or ReminderBook(member_id=member_id))
    return _view(row, campaign)


def _write(row: Reminder, starts_at: datetime, book: ReminderBook) -> None:
    waiting = {key: at for key, at in book.entries.items() if at > clock.now()}
    if len(waiting) >= MAX_WAITING:
        raise TooManyReminders(limit=MAX_WAITING)
    campaign_id, _ = parse_occasion(row.occasion)
    with Transaction() as tx:
        members.require_active(tx, row.member_id)
        _note(tx, book, {**waiting, row.occasion: starts_at})
        tx.put(row, only_if=Reminder.occasion.does_not_exist(), otherwise=ReminderMoved())
        statistics.count(tx, campaign_id, row.member_id, CampaignDay.reminder_count.add(1))


def _take_back(member_id: str, occasion: str) -> None:
    found = batch_get({Reminder: [(member_id, occasion)], ReminderBook: [member_id]}, consistent=True)
    row: Reminder | None = found[Reminder].get((member_id, occasion))
    campaign_id, session = parse_occasion(occasion)
    if row is None or _is_settled(row, Campaign.find(MALL, campaign_id, consistent=True), session):
        return
    book: ReminderBook | None = found[ReminderBook].get(member_id)
    with Transaction() as tx:
        if book is not None and occasion in book.entries:
            _note(tx, book, {key: at for key, at in book.entries.items() if key != occasion})
        tx.delete(_key(row), only_if=same_as(row), otherwise=ReminderMoved())
        statistics.count(tx, campaign_id, member_id, CampaignDay.reminder_count.add(-1))


def same_as(row: Reminder) -> Condition:
    """The condition that the reminder is there and was told of nothing else since it was read."""
    told = Reminder.told_for == row.told_for if row.told_for is not None else Reminder.told_for.does_not_exist()
    found: Condition = Reminder.asked_at.exists() & told
    return found


def _note(tx: Transaction, book: ReminderBook, entries: dict[str, datetime]) -> None:
    unmoved = ReminderBook.version == book.version if book.version else ReminderBook.version.does_not_exist()
    changed = ReminderBook(member_id=book.member_id, entries=entries, version=book.version + 1)
    tx.put(changed, only_if=unmoved, otherwise=ReminderMoved())


def _key(row: Reminder) -> Reminder:
    return Reminder(member_id=row.member_id, occasion=row.occasion)


def _state(row: Reminder, campaign: Campaign | None, session: str) -> ReminderState:
    window = window_of(campaign, session) if campaign is not None and campaign.status in LIVE else None
    if window is None:
        return ReminderState.OFF
    starts_at, ends_at = window
    if row.told_for == starts_at:
        return ReminderState.TOLD
    return ReminderState.WAITING if clock.now() < ends_at else ReminderState.OFF


def _is_settled(row: Reminder, campaign: Campaign | None, session: str) -> bool:
    """Its member was told, and will not be told again: it stays for the numbers."""
    withdrawn = campaign is not None and campaign.status is CampaignStatus.DRAFT
    return row.told_for is not None and not withdrawn and _state(row, campaign, session) is not ReminderState.WAITING


def _view(row: Reminder, campaign: Campaign | None) -> ReminderView:
    campaign_id, session = parse_occasion(row.occasion)
    window = window_of(campaign, session) if campaign is not None and campaign.status in LIVE else None
    starts_at = window[0] if window is not None else None
    shown = campaign if campaign is not None and campaign.status is not CampaignStatus.DRAFT else None
    return ReminderView(
        campaign_id=campaign_id,
        session=session or None,
        play=shown.play if shown is not None else None,
        title=shown.title if shown is not None else None,
        picture=shown.picture if shown is not None else None,
        state=_state(row, campaign, session),
        starts_at=starts_at,
        remind_at=remind_at(campaign, starts_at) if campaign is not None and starts_at is not None else None,
        asked_at=row.asked_at,
    )
