"""Staff: what a draw gave, and its audit."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.lucky_draw.desk import service
from chalicelib.growth.campaigns.lucky_draw.desk.schemas import AuditDraws, AuditRow, PrizesView
from chalicelib.mall.identity.service import Staff

api = Api("lucky_draw_admin", title="抽奖 Lucky draw (staff)")


@api.get("/admin/campaigns/{campaign_id}/prizes", permission="campaigns.read", raises=[CampaignNotFound])
def show_prizes(staff: Staff, campaign_id: str) -> PrizesView:
    """Show how many of each prize were given, and how many are left."""
    return service.prizes(campaign_id)


@api.get("/admin/campaigns/{campaign_id}/draws", permission="campaigns.read", raises=[CampaignNotFound])
def list_draws(staff: Staff, campaign_id: str, query: AuditDraws) -> Page[AuditRow]:
    """List every draw as it was, newest first: who, when, the number, the weights it was drawn from, the prize."""
    return service.audit(campaign_id, query)
