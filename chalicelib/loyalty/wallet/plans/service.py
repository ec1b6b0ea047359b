"""Top-up plans. What was begun under a plan keeps what it promised, whatever becomes of the plan."""

from __future__ import annotations

from typing import Any

from chalicelib.core import ids
from chalicelib.core.errors import Invalid
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service as coupons
from chalicelib.loyalty.wallet.errors import PlanEdited, PlanNotFound, PlansFull
from chalicelib.loyalty.wallet.models import MALL, Plan
from chalicelib.loyalty.wallet.plans.schemas import EditPlan, Offer, PlanFields, PlanView
from chalicelib.loyalty.wallet.service import require_enabled

MAX_PLANS = 100


def offers() -> list[Offer]:
    """What is offered now, smallest first. :raises WalletOff:"""
    require_enabled()
    offered = [each for each in Plan.query(MALL, limit=MAX_PLANS) if each.active]
    return [Offer.of(each) for each in sorted(offered, key=lambda each: each.amount)]


def offered(plan_id: str) -> Plan:
    """The plan, consistent. :raises PlanNotFound: there is none, it is not offered, or its coupon would be over."""
    plan = Plan.find(MALL, plan_id, consistent=True)
    if plan is None or not plan.active:
        raise PlanNotFound()
    if plan.template_id is not None and coupons.is_over(coupons.template_of(plan.template_id)):
        raise PlanNotFound()
    return plan


def plans() -> list[PlanView]:
    """All plans, for staff."""
    return [PlanView.of(each) for each in Plan.query(MALL, limit=MAX_PLANS)]


def create(fields: PlanFields) -> PlanView:
    """:raises TemplateNotFound, TemplateOver: nobody could use its coupon. :raises Invalid: nobody could pay it.
    :raises PlansFull: edit one.
    """
    if Plan.count(MALL, limit=MAX_PLANS, consistent_read=True) >= MAX_PLANS:
        raise PlansFull(limit=MAX_PLANS)
    plan = Plan(shop=MALL, id=ids.new("wpl"), version=1, **_checked(fields))
    with Transaction() as tx:
        tx.put(plan)
    return PlanView.of(plan)


def edit(plan_id: str, asked: EditPlan) -> PlanView:
    """Change a plan whole.

    :raises PlanNotFound: :raises PlanEdited: edited meanwhile. :raises TemplateNotFound, TemplateOver, Invalid: as new.
    """
    old = Plan.find(MALL, plan_id, consistent=True)
    if old is None:
        raise PlanNotFound()
    plan = Plan(shop=MALL, id=plan_id, version=asked.version + 1, **_checked(asked))
    with Transaction() as tx:
        tx.put(plan, only_if=Plan.version == asked.version, otherwise=PlanEdited(version=old.version))
    return PlanView.of(plan)


def _checked(fields: PlanFields) -> dict[str, Any]:
    if fields.template_id is not None:
        coupons.require_good(fields.template_id)
    limits = settings()
    most, room = limits.wallet_top_up_limit_amount, limits.wallet_balance_limit_amount
    if fields.amount > most:
        raise Invalid(errors=[{"field": "amount", "issue": f"above the limit of one top-up, {most}"}])
    if fields.amount + fields.gift_amount > room:
        raise Invalid(
            errors=[{"field": "gift_amount", "issue": f"with the amount above the limit of a wallet, {room}"}]
        )
    return {name: getattr(fields, name) for name in PlanFields.model_fields}
