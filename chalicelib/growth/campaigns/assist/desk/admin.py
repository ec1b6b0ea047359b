"""Staff: assists, and who helped."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.assist.desk import service
from chalicelib.growth.campaigns.assist.desk.schemas import DeskAssist, DeskAssistDetail, FindAssists
from chalicelib.growth.campaigns.assist.errors import AssistNotFound
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.mall.identity.service import Staff

api = Api("assists_admin", title="助力 Assists (staff)")


@api.get("/admin/assists", permission="campaigns.read", raises=[CampaignNotFound])
def find_assists(staff: Staff, query: FindAssists) -> Page[DeskAssist]:
    """List the assists of a campaign or of a member, newest first."""
    return service.find(query)


@api.get("/admin/assists/{assist_id}", permission="campaigns.read", raises=[AssistNotFound])
def show_desk_assist(staff: Staff, assist_id: str) -> DeskAssistDetail:
    """Show an assist with every helper."""
    return service.show(assist_id)
