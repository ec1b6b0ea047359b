"""Rewards, in and out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Line, PageQuery, Schema
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


class Reason(StrEnum):
    """Why a coupon waits."""

    NO_ROOM = "no_room"
    """The member holds as many as one may; they take it themselves when one is gone."""
    TEMPLATE_OVER = "template_over"
    """Nobody could use it any more: staff name another template."""
    TEMPLATE_GONE = "template_gone"
    """There is no such template: the same."""


class FindWaiting(PageQuery):
    """``GET /admin/waiting-coupons``."""

    template_id: Id


class StaffWaitingView(WaitingView):
    """A coupon that waits, whose, and why."""

    member_id: str
    reason: Reason


class GiveInstead(Schema):
    """``PUT /admin/members/{member_id}/waiting-coupons/{coupon_id}``."""

    template_id: Annotated[Id, Field(examples=["cpt_01m85mg28xyz"])]
    """Of this template instead."""
