"""Cards that are sold. What was begun under a plan keeps what it promised, whatever becomes of the plan."""

from __future__ import annotations

from typing import Any

from chalicelib.core import ids
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service as coupons
from chalicelib.loyalty.membership.cards.plans.schemas import CardOffer, CardPlanFields, CardPlanView, EditCardPlan
from chalicelib.loyalty.membership.errors import CardPlanEdited, CardPlanNotFound, CardPlansFull, LevelUnknown
from chalicelib.loyalty.membership.levels.service import ladder_of
from chalicelib.loyalty.membership.models import MALL, CardPlan, LadderRow

MAX_PLANS = 50


def offers() -> list[CardOffer]:
    """What is sold now, the cheapest first."""
    offered = [each for each in CardPlan.query(MALL, limit=MAX_PLANS) if each.active]
    return [CardOffer.of(each) for each in sorted(offered, key=lambda each: each.amount)]


def offered(plan_id: str) -> CardPlan:
    """The plan, consistent. :raises CardPlanNotFound: there is none, it is not sold, or its coupon would be over."""
    plan = CardPlan.find(MALL, plan_id, consistent=True)
    if plan is None or not plan.active:
        raise CardPlanNotFound()
    if plan.template_id is not None and coupons.is_over(coupons.template_of(plan.template_id)):
        raise CardPlanNotFound()
    return plan


def plans() -> list[CardPlanView]:
    """All plans, for staff."""
    return [CardPlanView.of(each) for each in CardPlan.query(MALL, limit=MAX_PLANS)]


def create(fields: CardPlanFields) -> CardPlanView:
    """:raises LevelUnknown, TemplateNotFound, TemplateOver: nobody could have it. :raises CardPlansFull: edit one."""
    if CardPlan.count(MALL, limit=MAX_PLANS, consistent_read=True) >= MAX_PLANS:
        raise CardPlansFull(limit=MAX_PLANS)
    plan = CardPlan(shop=MALL, id=ids.new("cdp"), version=1, **_checked(fields))
    with Transaction() as tx:
        tx.put(plan)
    return CardPlanView.of(plan)


def edit(plan_id: str, asked: EditCardPlan) -> CardPlanView:
    """Change a plan whole.

    :raises CardPlanNotFound: :raises CardPlanEdited: edited meanwhile.
    :raises LevelUnknown, TemplateNotFound, TemplateOver: nobody could have it.
    """
    old = CardPlan.find(MALL, plan_id, consistent=True)
    if old is None:
        raise CardPlanNotFound()
    plan = CardPlan(shop=MALL, id=plan_id, version=asked.version + 1, **_checked(asked))
    with Transaction() as tx:
        tx.put(plan, only_if=CardPlan.version == asked.version, otherwise=CardPlanEdited(version=old.version))
    return CardPlanView.of(plan)


def require_level(level: str) -> None:
    """:raises LevelUnknown: the ladder has no such level."""
    if ladder_of(LadderRow.find(MALL, consistent=True)).position(level) < 0:
        raise LevelUnknown()


def _checked(fields: CardPlanFields) -> dict[str, Any]:
    require_level(fields.level)
    if fields.template_id is not None:
        coupons.require_good(fields.template_id)
    return {name: getattr(fields, name) for name in CardPlanFields.model_fields}
