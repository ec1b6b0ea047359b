"""Staff: bargains, and who cut."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.bargain.desk import service
from chalicelib.growth.campaigns.bargain.desk.schemas import DeskBargain, DeskBargainDetail, FindBargains
from chalicelib.growth.campaigns.bargain.errors import BargainNotFound
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.mall.identity.service import Staff

api = Api("bargains_admin", title="砍价 Bargains (staff)")


@api.get("/admin/bargains", permission="campaigns.read", raises=[CampaignNotFound])
def find_bargains(staff: Staff, query: FindBargains) -> Page[DeskBargain]:
    """List the bargains of a campaign or of a member, newest first."""
    return service.find(query)


@api.get("/admin/bargains/{bargain_id}", permission="campaigns.read", raises=[BargainNotFound])
def show_desk_bargain(staff: Staff, bargain_id: str) -> DeskBargainDetail:
    """Show a bargain with every cut."""
    return service.show(bargain_id)
