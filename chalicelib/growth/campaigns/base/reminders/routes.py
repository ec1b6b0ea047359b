"""Reminders: asking, taking back, seeing."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import TooBusy
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.reminders import errors, service
from chalicelib.growth.campaigns.base.reminders.schemas import ReminderView, WhichSession
from chalicelib.mall.identity.service import Buyer

api = Api("campaign_reminders", title="活动提醒 Reminders")


@api.put(
    "/campaigns/{campaign_id}/reminder",
    raises=[
        *(CampaignNotFound, errors.SessionUnknown, errors.ReminderTooLate, errors.ReminderNotForYou),
        *(errors.TooManyReminders, errors.ReminderMoved, TooBusy),
    ],
)
def ask_for_reminder(campaign_id: str, buyer: Buyer, body: WhichSession) -> ReminderView:
    """Have me told shortly before a campaign, or one session of it, begins. Asking twice is asking once.

    Ask WeChat's permission for the kind `campaign_starts` with the same tap: who has not agreed is not told.
    """
    return service.ask(buyer.member_id, campaign_id, body.session or "")


@api.delete("/campaigns/{campaign_id}/reminder", status=204, raises=[errors.ReminderMoved, TooBusy])
def take_reminder_back(campaign_id: str, buyer: Buyer, query: WhichSession) -> None:
    """Do not tell me after all."""
    service.take_back(buyer.member_id, campaign_id, query.session or "")


@api.get("/me/reminders")
def my_reminders(buyer: Buyer, query: PageQuery) -> Page[ReminderView]:
    """List what I asked to be told of."""
    return service.mine(buyer.member_id, query)
