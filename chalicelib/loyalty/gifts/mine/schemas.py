"""Gifts, as members see them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Schema
from chalicelib.loyalty.gifts.models import MemberGift
from chalicelib.loyalty.gifts.schemas import GiftKind
from chalicelib.loyalty.rewards.schemas import Reward


class GiftView(Schema):
    """What a member was given."""

    id: str
    """``birthday/2026``, ``upgrade/gold``, ``monthly/2026-11``."""
    kind: GiftKind
    at: datetime
    level: str
    """The level that it was given for."""
    reward: Reward

    @classmethod
    def of(cls, gift: MemberGift) -> GiftView:
        return cls.model_validate({name: getattr(gift, name) for name in cls.model_fields})


class LevelGifts(Schema):
    """What a level gets; null: nothing."""

    level: str
    birthday: Reward | None
    anniversary: Reward | None
    upgrade: Reward | None
    monthly: Reward | None


class AllGifts(Schema):
    """By level, the lowest first."""

    items: list[LevelGifts]


class MyGifts(Schema):
    """What my level gets, and what I was given."""

    offered: LevelGifts
    monthly_taken: bool
    """This month's is taken."""
    given: list[GiftView]
    """The newest hundred, newest first."""
