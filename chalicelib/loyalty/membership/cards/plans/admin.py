"""Staff: which cards are sold."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.loyalty.coupons.errors import TemplateNotFound, TemplateOver
from chalicelib.loyalty.membership.cards.plans import service
from chalicelib.loyalty.membership.cards.plans.schemas import CardPlanFields, CardPlans, CardPlanView, EditCardPlan
from chalicelib.loyalty.membership.errors import CardPlanEdited, CardPlanNotFound, CardPlansFull, LevelUnknown
from chalicelib.mall.identity.service import Staff

api = Api("card_plans", title="付费会员卡 Cards (staff)")


@api.get("/admin/card-plans", permission="membership.read")
def list_card_plans(staff: Staff) -> CardPlans:
    """List all cards that are, or were, sold."""
    return CardPlans(items=service.plans())


@api.post(
    "/admin/card-plans",
    status=201,
    permission="membership.write",
    raises=[LevelUnknown, TemplateNotFound, TemplateOver, CardPlansFull],
)
def create_card_plan(staff: Staff, body: CardPlanFields) -> CardPlanView:
    """Add a card: a level for some days, at a price."""
    return service.create(body)


@api.put(
    "/admin/card-plans/{plan_id}",
    permission="membership.write",
    raises=[CardPlanNotFound, CardPlanEdited, LevelUnknown, TemplateNotFound, TemplateOver],
)
def edit_card_plan(staff: Staff, plan_id: str, body: EditCardPlan) -> CardPlanView:
    """Change a card; `active: false` takes it down. Who has one keeps what was promised."""
    return service.edit(plan_id, body)
