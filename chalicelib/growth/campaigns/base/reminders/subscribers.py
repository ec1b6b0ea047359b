"""When campaigns begin, and what members leave behind."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.events import CampaignScheduled
from chalicelib.growth.campaigns.base.reminders import service
from chalicelib.growth.campaigns.base.reminders.events import RemindMembers, RemindSome
from chalicelib.growth.campaigns.base.reminders.walking import service as walking
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.mall.identity.members.events import MemberClosed


@subscribe(CampaignScheduled, queue="reactions")
def plan_reminders(event: CampaignScheduled, tx: Transaction) -> None:
    """When those who ask are to be told."""
    walking.plan(tx, campaign_of(event.campaign_id, consistent=True))


@subscribe(RemindMembers, queue="notifications")
def remind_members(event: RemindMembers, tx: Transaction) -> None:
    """It begins soon."""
    walking.begin(tx, event)


@subscribe(RemindSome, queue="notifications")
def remind_some(event: RemindSome, tx: Transaction) -> None:
    """A page of those who asked. Each member stands alone: a redelivery finds them told."""
    walking.go_on(tx, event)


@subscribe(MemberClosed, queue="reactions")
def forget_reminders(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no wishes behind."""
    service.forget(event.member_id)
