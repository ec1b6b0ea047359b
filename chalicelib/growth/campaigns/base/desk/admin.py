"""Staff: campaigns of every play."""

from __future__ import annotations

from chalicelib.core.api import Api, RawResponse
from chalicelib.core.errors import TooBusy
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.base import errors
from chalicelib.growth.campaigns.base.desk import service
from chalicelib.growth.campaigns.base.desk.schemas import (
    AskCalendar,
    Calendar,
    CampaignDetail,
    CampaignFields,
    CampaignRow,
    EditCampaign,
    ListCampaigns,
    PlaysView,
    TakeStep,
)
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.campaigns.base.statistics.schemas import StatisticsView
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.inventory.errors import OutOfStock

api = Api("campaigns_admin", title="营销活动 Campaigns (staff)")


@api.get("/admin/campaign-plays", permission="campaigns.read")
def list_plays(staff: Staff) -> PlaysView:
    """List the sorts of campaigns, with JSON schemas of their `settings` and of the `terms` of their items."""
    return PlaysView(items=service.all_plays())


@api.get("/admin/campaign-calendar", permission="campaigns.read")
def show_calendar(staff: Staff, query: AskCalendar) -> Calendar:
    """Show the campaigns whose window touches these business days."""
    return service.calendar(query)


@api.get("/admin/campaigns", permission="campaigns.read")
def list_campaigns(staff: Staff, query: ListCampaigns) -> Page[CampaignRow]:
    """List campaigns, newest first."""
    return service.find(query)


@api.post("/admin/campaigns", status=201, permission="campaigns.write", raises=[errors.NotForSale])
def create_campaign(staff: Staff, body: CampaignFields) -> CampaignDetail:
    """Make a draft. Nothing happens before it is scheduled."""
    return service.create(body)


@api.get("/admin/campaigns/{campaign_id}", permission="campaigns.read", raises=[errors.CampaignNotFound])
def show_campaign(staff: Staff, campaign_id: str) -> CampaignDetail:
    """Show a campaign with what is left of its stock, and the campaigns it meets on the same goods."""
    return service.show(campaign_id)


@api.put(
    "/admin/campaigns/{campaign_id}",
    permission="campaigns.write",
    raises=[errors.CampaignNotFound, errors.CampaignEdited, errors.CampaignFixed, errors.NotForSale],
)
def edit_campaign(staff: Staff, campaign_id: str, body: EditCampaign) -> CampaignDetail:
    """Write a draft anew. What is scheduled was promised: withdraw it first."""
    return service.edit(campaign_id, body)


@api.post(
    "/admin/campaigns/{campaign_id}/steps",
    permission="campaigns.write",
    raises=[
        errors.CampaignNotFound,
        errors.CampaignEdited,
        errors.CampaignFixed,
        errors.CampaignOver,
        errors.CampaignClash,
        errors.BelowCost,
        errors.BoardFull,
        errors.NotForSale,
        OutOfStock,
        TooBusy,
    ],
)
def step_campaign(staff: Staff, campaign_id: str, body: TakeStep) -> CampaignDetail:
    """Schedule a draft, withdraw it before it begins, or stop it while it runs.

    Scheduling sets its stock aside. Stopping holds at once and gives back what is left; placed orders stay.
    """
    return service.take_step(campaign_id, body, staff.permissions)


@api.get("/admin/campaigns/{campaign_id}/statistics", permission="campaigns.read", raises=[errors.CampaignNotFound])
def campaign_statistics(staff: Staff, campaign_id: str) -> StatisticsView:
    """Count views, participants, orders, sales, costs and refunds, as a whole and day by day."""
    return statistics.show(campaign_id)


@api.get("/admin/campaigns/{campaign_id}/sheet", permission="campaigns.read", raises=[errors.CampaignNotFound])
def download_statistics(staff: Staff, campaign_id: str) -> RawResponse:
    """Download the numbers as CSV, a line a day, the whole last."""
    text = "\ufeff" + statistics.sheet(statistics.show(campaign_id))
    headers = {"Content-Disposition": f'attachment; filename="campaign-{campaign_id}.csv"'}
    return RawResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
