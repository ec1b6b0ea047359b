"""Staff: what a launch brought."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.new_arrival.desk import service
from chalicelib.growth.campaigns.new_arrival.desk.schemas import LaunchReport
from chalicelib.mall.identity.service import Staff

api = Api("new_arrival_admin", title="新品首发 New arrivals (staff)")


@api.get("/admin/campaigns/{campaign_id}/launch", permission="campaigns.read", raises=[CampaignNotFound])
def show_launch(staff: Staff, campaign_id: str) -> LaunchReport:
    """Show what a launch brought: reserved, reminded, came, bought; and what was sold to them and to others."""
    return service.report(campaign_id)
