"""Staff: pieces of a campaign that runs."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.errors import TooBusy
from chalicelib.core.once import KeyReused
from chalicelib.growth.campaigns.base import errors
from chalicelib.growth.campaigns.base.desk import service as desk
from chalicelib.growth.campaigns.base.desk.schemas import CampaignDetail
from chalicelib.growth.campaigns.base.pieces import service
from chalicelib.growth.campaigns.base.pieces.schemas import ChangePieces
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.inventory.errors import OutOfStock

api = Api("campaign_pieces_admin", title="活动库存 Pieces of campaigns (staff)")


@api.post(
    "/admin/campaigns/{campaign_id}/pieces",
    permission="campaigns.write",
    raises=[
        errors.CampaignNotFound,
        errors.CampaignEdited,
        errors.CampaignFixed,
        errors.BelowCost,
        errors.PiecesGone,
        OutOfStock,
        KeyReused,
        TooBusy,
    ],
)
def change_pieces(staff: Staff, campaign_id: str, body: ChangePieces, key: IdempotencyKey) -> CampaignDetail:
    """Set more pieces aside for a running campaign, or give unsold ones back to the product."""
    service.change(staff.staff_id, key, campaign_id, body)
    return desk.show(campaign_id)
