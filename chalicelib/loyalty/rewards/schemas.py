"""Rewards, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Line, Schema
from chalicelib.loyalty.rewards.models import WaitingCoupon

MAX_COUPONS = 5
Units = Annotated[int, Field(ge=0, le=1_000_000, examples=[10])]


class Reward(Schema):
    """What is given. Everything zero: nothing."""

    points: Units = 0
    growth: Units = 0
    coupon_templates: Annotated[list[Id], Field(max_length=MAX_COUPONS, examples=[[]])] = []
    """One coupon of each; a template named twice gives two."""
    text: Line | None = None
    """What people read; null: the client makes its own words."""

    @property
    def is_nothing(self) -> bool:
        return not (self.points or self.growth or self.coupon_templates)


class WaitingView(Schema):
    """A coupon that waits until there is room for it."""

    coupon_id: str
    template_id: str
    title: str
    since: datetime

    @classmethod
    def of(cls, waiting: WaitingCoupon) -> WaitingView:
        named = {name: getattr(waiting, name) for name in ("template_id", "title", "since")}
        return cls(coupon_id=waiting.id, **named)


class WaitingCoupons(Schema):
    """They are few: no pages."""

    items: list[WaitingView]


class TakenView(Schema):
    """The coupon is the member's."""

    coupon_id: str
