"""Staff: the groups of a campaign."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.group_buy.desk import service
from chalicelib.growth.campaigns.group_buy.desk.schemas import DeskGroup, DeskGroupDetail, FindGroups
from chalicelib.growth.campaigns.group_buy.errors import GroupNotFound
from chalicelib.mall.identity.service import Staff

api = Api("groups_admin", title="拼团 Group buying (staff)")


@api.get("/admin/campaigns/{campaign_id}/groups", permission="campaigns.read", raises=[CampaignNotFound])
def find_groups(staff: Staff, campaign_id: str, query: FindGroups) -> Page[DeskGroup]:
    """List the groups of a campaign that are open, complete, failed, or still to be paid by their leader."""
    return service.find(campaign_id, query)


@api.get("/admin/groups/{group_id}", permission="campaigns.read", raises=[GroupNotFound])
def show_desk_group(staff: Staff, group_id: str) -> DeskGroupDetail:
    """Show a group with every seat and its order."""
    return service.show(group_id)
