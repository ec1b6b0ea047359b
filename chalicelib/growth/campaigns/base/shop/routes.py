"""What buyers may ask about campaigns of every play."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.base.errors import CampaignEnded, CampaignNotFound
from chalicelib.growth.campaigns.base.friends.schemas import AskShare, ShareView
from chalicelib.growth.campaigns.base.sharing import service as sharing
from chalicelib.growth.campaigns.base.shop import service
from chalicelib.growth.campaigns.base.shop.schemas import CampaignCard, CampaignPage, ListOpen, ProductCampaigns
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.links.errors import LinkCollision, TooManyLinks
from chalicelib.mall.posters.errors import TemplateNotFound, TooManyPosters

api = Api("campaigns", title="营销活动 Campaigns")


@api.get("/campaigns")
def list_campaigns(buyer: Buyer | None, query: ListOpen) -> Page[CampaignCard]:
    """List the campaigns that run for me, or that are to come. A page may hold fewer than its limit."""
    return service.open_ones(buyer.member_id if buyer else None, query)


@api.get("/campaigns/{campaign_id}", raises=[CampaignNotFound])
def show_campaign(campaign_id: str, buyer: Buyer | None) -> CampaignPage:
    """Show a campaign with its goods, what is left of them, and what I have had."""
    return service.page(campaign_id, buyer.member_id if buyer else None)


@api.post(
    "/campaigns/{campaign_id}/shares",
    status=201,
    raises=[CampaignNotFound, CampaignEnded, TemplateNotFound, TooManyLinks, TooManyPosters, LinkCollision],
)
def share_campaign(buyer: Buyer, campaign_id: str, body: AskShare) -> ShareView:
    """Get a code that leads to the campaign and names me as the sharer; a poster too, if asked for."""
    return sharing.share(buyer.member_id, campaign_id, body)


@api.get("/products/{product_id}/campaigns")
def list_product_campaigns(product_id: str, buyer: Buyer | None) -> ProductCampaigns:
    """List the campaigns that a product takes part in, running or to come."""
    return service.of_product(product_id, buyer.member_id if buyer else None)
