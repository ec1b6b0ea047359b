"""Top-up plans, in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Fen, Id, Line, Schema
from chalicelib.loyalty.wallet.models import Plan


class PlanFields(Schema):
    """What staff decide of a plan."""

    title: Line
    amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
    """What the member pays: principal, fen."""
    gift_amount: Fen = 0
    """What the shop adds: gift money, fen."""
    template_id: Id | None = None
    """A coupon's template: one coupon with each top-up."""
    points: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    growth: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    """Growth value."""
    per_member_limit: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """So many times a member; 0: any number."""
    active: bool = False


class EditPlan(PlanFields):
    """``PUT /admin/wallet-plans/{plan_id}``."""

    version: Annotated[int, Field(ge=1)]


class PlanView(PlanFields):
    """A plan as staff see it."""

    id: Id
    version: int

    @classmethod
    def of(cls, plan: Plan) -> PlanView:
        return cls(**{name: getattr(plan, name) for name in cls.model_fields})


class Plans(Schema):
    """All plans, also those that are not offered."""

    items: list[PlanView]


class Offer(Schema):
    """A plan as buyers see it."""

    id: Id
    title: str
    amount: Fen
    gift_amount: Fen
    template_id: str | None
    points: int
    growth: int
    per_member_limit: int

    @classmethod
    def of(cls, plan: Plan) -> Offer:
        return cls(**{name: getattr(plan, name) for name in cls.model_fields})


class Offers(Schema):
    items: list[Offer]
