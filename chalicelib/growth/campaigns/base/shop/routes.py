"""What buyers may ask about campaigns of every play."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.shop import service
from chalicelib.growth.campaigns.base.shop.schemas import CampaignCard, CampaignPage, ListOpen, ProductCampaigns
from chalicelib.mall.identity.service import Buyer

api = Api("campaigns", title="营销活动 Campaigns")


@api.get("/campaigns")
def list_campaigns(buyer: Buyer | None, query: ListOpen) -> Page[CampaignCard]:
    """List the campaigns that run for me, or that are to come. A page may hold fewer than its limit."""
    return service.open_ones(buyer.member_id if buyer else None, query)


@api.get("/campaigns/{campaign_id}", raises=[CampaignNotFound])
def show_campaign(campaign_id: str, buyer: Buyer | None) -> CampaignPage:
    """Show a campaign with its goods, what is left of them, and what I have had."""
    return service.page(campaign_id, buyer.member_id if buyer else None)


@api.get("/products/{product_id}/campaigns")
def list_product_campaigns(product_id: str, buyer: Buyer | None) -> ProductCampaigns:
    """List the campaigns that a product takes part in, running or to come."""
    return service.of_product(product_id, buyer.member_id if buyer else None)
