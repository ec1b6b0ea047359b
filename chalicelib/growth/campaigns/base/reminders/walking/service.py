"""The walk over those who asked: a deadline for each beginning, a message for each shard and page."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from chalicelib.core import clock, pages
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import Campaign, CampaignDay, Phase
from chalicelib.growth.campaigns.base.plays.service import play_of
from chalicelib.growth.campaigns.base.reminders.errors import ReminderMoved
from chalicelib.growth.campaigns.base.reminders.events import RemindMembers, RemindSome
from chalicelib.growth.campaigns.base.reminders.models import SHARDS, Reminder, occasion_of, slot
from chalicelib.growth.campaigns.base.reminders.notices.service import tell_start
from chalicelib.growth.campaigns.base.reminders.service import remind_at, same_as, window_of
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.notifications.errors import AlreadyTold

CHUNK = 25
CATCHES_UP = timedelta(seconds=10)
"""From the moment on which nobody can ask any more, until the index certainly has everybody."""


def plan(tx: Transaction, campaign: Campaign) -> None:
    """Add to *tx* the deadlines of a campaign that was scheduled. Who asked in an earlier round of it is told at once,
    where it begins within minutes or has begun."""
    if campaign.phase is not Phase.LIVE:
        return
    now = clock.now()
    for session, (starts_at, ends_at) in play_of(campaign.play).windows(campaign).items():
        if now < ends_at:
            event = RemindMembers(campaign_id=campaign.id, session=session, version=campaign.version)
            tx.emit(event, at=max(remind_at(campaign, starts_at), now) + CATCHES_UP)


def begin(tx: Transaction, event: RemindMembers) -> None:
    """Walk through all shards, each by itself."""
    if _current(event) is not None:
        for shard in range(SHARDS):
            tx.emit(RemindSome(**event.model_dump(), shard=shard))


def go_on(tx: Transaction, event: RemindSome) -> None:
    """Tell the next ones; the rest of the shard goes on with the next message."""
    found = _current(event)
    if found is None:
        return
    campaign, starts_at = found
    place = slot(occasion_of(event.campaign_id, event.session), event.shard)
    keys, cursor = pages.query(Reminder.by_slot, place, limit=CHUNK, cursor=event.cursor or None, newest_first=False)
    for key in keys:
        _tell(campaign, event.session, starts_at, key.member_id)
    if cursor is not None:
        tx.emit(event.model_copy(update={"cursor": cursor}))


def _current(event: RemindMembers) -> tuple[Campaign, datetime] | None:
    """The campaign and when it begins; None: it was withdrawn, moved or stopped since, or its time is over."""
    campaign = campaign_of(event.campaign_id, consistent=True)
    window = window_of(campaign, event.session)
    if campaign.version != event.version or campaign.phase is not Phase.LIVE or window is None:
        return None
    starts_at, ends_at = window
    return (campaign, starts_at) if clock.now() < ends_at else None


def _tell(campaign: Campaign, session: str, starts_at: datetime, member_id: str) -> None:
    """In a transaction of its own: told, noted, counted; once, however often the page comes."""
    row = Reminder.find(member_id, occasion_of(campaign.id, session), consistent=True)
    if row is None or row.told_for == starts_at:
        return
    # Taken back, or told by another walk, at this very moment.
    with suppress(ReminderMoved, AlreadyTold), Transaction() as tx:
        told = Reminder(member_id=member_id, occasion=row.occasion)
        tx.update(told, [Reminder.told_for.set(starts_at)], only_if=same_as(row), otherwise=ReminderMoved())
        tell_start(tx, campaign, session, starts_at, member_id)
        statistics.count(tx, campaign.id, member_id, CampaignDay.reminded_count.add(1))
