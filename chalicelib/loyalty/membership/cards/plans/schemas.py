"""Cards that are sold, in and out."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Fen, Id, Line, Schema
from chalicelib.loyalty.membership.models import CardPlan
from chalicelib.loyalty.membership.schemas import LevelId

_EXAMPLE: dict[str, Any] = {"title": "年卡", "level": "gold", "amount": 19900, "days": 365, "active": True}


class CardPlanFields(Schema):
    """What staff decide of a card."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    title: Line
    level: LevelId
    """The level that it gives."""
    amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
    """Fen."""
    days: Annotated[int, Field(ge=1, le=1100)]
    """It ends at the end of the business day so many days after it begins."""
    template_id: Id | None = None
    """A coupon's template: one coupon with each card."""
    points: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    active: bool = False


class EditCardPlan(CardPlanFields):
    """``PUT /admin/card-plans/{plan_id}``."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE | {"version": 1}]})

    version: Annotated[int, Field(ge=1)]


class CardPlanView(CardPlanFields):
    """A card as staff see it."""

    id: Id
    version: int

    @classmethod
    def of(cls, plan: CardPlan) -> CardPlanView:
        return cls(**{name: getattr(plan, name) for name in cls.model_fields})


class CardPlans(Schema):
    """All cards, also those that are not sold."""

    items: list[CardPlanView]


class CardOffer(Schema):
    """A card as buyers see it; what its level is good for stands in `GET /levels`."""

    id: Id
    title: str
    level: str
    amount: Fen
    days: int
    template_id: str | None
    points: int

    @classmethod
    def of(cls, plan: CardPlan) -> CardOffer:
        return cls(**{name: getattr(plan, name) for name in cls.model_fields})


class CardOffers(Schema):
    items: list[CardOffer]
