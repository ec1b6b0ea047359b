"""Staff: the deposits of a presale."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.presale.desk import service
from chalicelib.growth.campaigns.presale.desk.schemas import DeskDeposit, FindDeposits, RefundDeposit
from chalicelib.growth.campaigns.presale.errors import DepositMoved, DepositNotFound, DepositSettled
from chalicelib.mall.identity.service import Staff

api = Api("presales_admin", title="预售 Presales (staff)")


@api.get("/admin/presale-deposits", permission="campaigns.read", raises=[CampaignNotFound])
def find_deposits(staff: Staff, query: FindDeposits) -> Page[DeskDeposit]:
    """List the deposits of a campaign, newest first."""
    return service.find(query)


@api.post(
    "/admin/presale-deposits/{deposit_id}/refund",
    permission="campaigns.write",
    raises=[DepositNotFound, DepositSettled, DepositMoved],
)
def refund_deposit(staff: Staff, deposit_id: str, body: RefundDeposit) -> DeskDeposit:
    """Give back a deposit that waits for its balance, or one that was kept."""
    return service.refund(deposit_id, body)
