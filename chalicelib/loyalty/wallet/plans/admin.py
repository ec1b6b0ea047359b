"""Staff: what members may top up."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.loyalty.coupons.errors import TemplateNotFound, TemplateOver
from chalicelib.loyalty.wallet.errors import PlanEdited, PlanNotFound, PlansFull
from chalicelib.loyalty.wallet.plans import service
from chalicelib.loyalty.wallet.plans.schemas import EditPlan, PlanFields, Plans, PlanView
from chalicelib.mall.identity.service import Staff

api = Api("wallet_plans", title="储值 Wallet (staff)")


@api.get("/admin/wallet-plans", permission="wallet.read")
def list_plans(staff: Staff) -> Plans:
    """List all top-up plans."""
    return Plans(items=service.plans())


@api.post(
    "/admin/wallet-plans", status=201, permission="wallet.write", raises=[TemplateNotFound, TemplateOver, PlansFull]
)
def create_plan(staff: Staff, body: PlanFields) -> PlanView:
    """Add a top-up plan."""
    return service.create(body)


@api.put(
    "/admin/wallet-plans/{plan_id}",
    permission="wallet.write",
    raises=[PlanNotFound, PlanEdited, TemplateNotFound, TemplateOver],
)
def edit_plan(staff: Staff, plan_id: str, body: EditPlan) -> PlanView:
    """Change a plan; `active: false` takes it down. What was begun under it keeps what it promised."""
    return service.edit(plan_id, body)
