"""Cards of members, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Fen, Id, Line, Schema
from chalicelib.loyalty.membership.models import Card, Span
from chalicelib.loyalty.membership.schemas import LevelId


class Terms(Schema):
    """What a purchase was promised, as its plan was when it began."""

    plan_id: Id
    title: Line
    level: LevelId
    days: Annotated[int, Field(ge=1)]
    template_id: str | None = None
    points: Annotated[int, Field(ge=0)] = 0


class BuyCard(Schema):
    """``POST /me/cards``."""

    plan_id: Id


class CardView(Schema):
    """A card of mine."""

    id: Id
    level: str
    title: str
    days: int
    amount: Fen
    made_at: datetime
    starts_at: datetime | None
    """Null: it is over."""
    ends_at: datetime | None
    ended_at: datetime | None
    """When it was ended before its time."""
    refunded_amount: Fen

    @classmethod
    def of(cls, card: Card, span: Span | None) -> CardView:
        names = ("id", "level", "title", "days", "amount", "made_at", "ended_at", "refunded_amount")
        plain = {name: getattr(card, name) for name in names}
        return cls(**plain, starts_at=span.starts_at if span else None, ends_at=span.ends_at if span else None)


class Cards(Schema):
    """Newest first, at most a hundred."""

    items: list[CardView]


class GiveCard(Schema):
    """``POST /admin/members/{member_id}/cards``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"level": "gold", "days": 30, "reason": "活动赠送"}]})

    level: LevelId
    days: Annotated[int, Field(ge=1, le=1100)]
    reason: Line
    """The member reads it."""


class StopCard(Schema):
    """``POST /admin/members/{member_id}/cards/{card_id}/stop``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"refund_amount": 9950}]})

    refund_amount: Annotated[int, Field(ge=0, le=MAX_AMOUNT)] | None = None
    """Fen; null: the share of its days that are not begun, rounded down. At most what was paid."""
