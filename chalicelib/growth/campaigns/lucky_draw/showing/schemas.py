"""A draw as buyers see it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.growth.campaigns.base.models import CampaignStatus
from chalicelib.growth.campaigns.lucky_draw.models import Draw, GoodsStatus, Reason, WonGoods
from chalicelib.growth.campaigns.lucky_draw.schemas import CampaignOrderRule, OrderRule, Rule
from chalicelib.loyalty.rewards.schemas import Reward


class PrizeView(Schema):
    """A field of the wheel, with its chance as the law asks."""

    id: str
    title: str
    picture: str | None
    reward: Reward
    wallet_amount: int
    goods: bool
    """A thing that is sent; it stands among the campaign's goods."""
    weight: int
    """The exact chance: this of ``total_weight``."""
    odds_bps: int
    """The same in ten-thousandths; all together 10,000."""
    stock: int | None
    """Pieces in all; null: any number."""
    left: int | None
    per_member_max: int | None


class ChancesView(Schema):
    """What I can still do here."""

    left: int
    """Chances now, those of the day included."""
    free_left: int
    """Of them, those that go at the end of the day."""
    drawn: int
    drawn_today: int


class WheelView(Schema):
    """A draw whole: prizes with odds, how chances are earned, and mine."""

    campaign_id: str
    title: str
    status: CampaignStatus
    now: datetime
    starts_at: datetime
    ends_at: datetime
    for_me: bool
    total_weight: int
    table: str
    """The fingerprint of the weights; each draw's record carries it."""
    fallback: str
    """The prize for whom the drawn one can not be given any more."""
    prizes: list[PrizeView]
    free_daily: int
    by_order: OrderRule | None
    by_campaign_order: CampaignOrderRule | None
    by_share: Rule | None
    by_check_in: Rule | None
    claim_days: int
    """How long goods wait to be ordered."""
    draws_daily_max: int | None
    draws_max: int | None
    mine: ChancesView | None
    """Null without a login."""


class GoodsView(Schema):
    """Goods that I won. Order them for nothing: a line of one piece, `options: {"lucky_draw": the draw's id}`."""

    product_id: str
    sku_id: str
    status: GoodsStatus
    claim_by: datetime
    order_id: str | None


class DrawView(Schema):
    """A draw of mine."""

    id: str
    campaign_id: str
    at: datetime
    prize_id: str
    title: str
    won: bool
    """More than thanks."""
    goods: GoodsView | None
    """Null: no goods were won."""
    drawn_id: str
    """What was drawn; another than `prize_id` where that could not be given any more."""
    reason: Reason | None
    number: int
    total_weight: int
    table: str

    @classmethod
    def of(cls, draw: Draw, won: WonGoods | None = None) -> Self:
        names = set(cls.model_fields) - {"won", "goods"}
        goods = {name: getattr(won, name) for name in GoodsView.model_fields} if won is not None else None
        return cls(
            **{name: getattr(draw, name) for name in names},
            won=draw.won_in is not None,
            goods=GoodsView(**goods) if goods is not None else None,
        )


class ListDraws(PageQuery):
    """``GET /me/draws``."""


class ListWinners(PageQuery):
    """``GET /campaigns/{campaign_id}/winners``."""


class WinnerView(Schema):
    """Somebody who won, not to be recognized by strangers."""

    name: str
    title: str
    at: datetime
