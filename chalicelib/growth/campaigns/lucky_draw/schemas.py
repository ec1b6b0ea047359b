"""What staff set of a draw: prizes with their weights, and how chances are earned."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from chalicelib.core.schemas import Id, Line, Schema
from chalicelib.growth.campaigns.base.desk.schemas import Url
from chalicelib.loyalty.coupons.schemas import Price
from chalicelib.loyalty.rewards.schemas import Reward

MAX_PRIZES = 12
MAX_WALLET_AMOUNT = 5_000_000
"""Fen. The law caps a drawn prize at 50,000 yuan (规范促销行为暂行规定, article 17)."""

Weight = Annotated[int, Field(ge=0, le=1_000_000)]
Times = Annotated[int, Field(ge=1, le=1_000)]


class Source(StrEnum):
    """What earns chances."""

    ORDER = "order"
    CAMPAIGN_ORDER = "campaign_order"
    SHARE = "share"
    CHECK_IN = "check_in"


class Prize(Schema):
    """One field of the wheel. With neither a reward nor money it says thanks."""

    id: Id
    title: Line
    picture: Url | None = None
    weight: Weight
    """Its chance is this part of the sum of all weights."""
    stock: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Pieces; null: any number."""
    per_member_max: Times | None = None
    """So many of it to one member; null: any number."""
    reward: Reward = Reward()
    wallet_amount: Annotated[int, Field(ge=0, le=MAX_WALLET_AMOUNT)] = 0
    """Fen that the shop adds to the wallet, as gift money."""
    goods: bool = False
    """A piece of the campaign's item whose `terms.prize` names this prize."""

    @property
    def is_win(self) -> bool:
        return self.goods or bool(self.wallet_amount) or not self.reward.is_nothing


class Rule(Schema):
    """So many chances for each doing, and at most so many by it on a business day."""

    chances: Annotated[int, Field(ge=1, le=10)] = 1
    daily_max: Annotated[int, Field(ge=1, le=100)] = 3


class OrderRule(Rule):
    """An order that was paid while the draw runs."""

    min_amount: Price = 1
    """What it cost at least, in fen: one that cost nothing earns nothing."""
    when: Literal["paid", "completed"] = "paid"
    """`completed` gives nothing for an order that is paid, drawn for, and refunded."""


class CampaignOrderRule(Rule):
    """A paid order in a campaign of one of these plays: who joined a group, say."""

    plays: Annotated[list[Id], Field(min_length=1, max_length=10)]


class LuckyDrawTerms(Schema):
    """Which prize the item is. Its ``stock`` is the prize's."""

    prize: Id


class LuckyDrawSettings(Schema):
    """Prizes, odds, chances, limits. The weights mean the same to everybody, and never change once it is scheduled."""

    prizes: Annotated[list[Prize], Field(min_length=2, max_length=MAX_PRIZES)]
    fallback: Id
    """The prize, of any number, for whom the drawn one can not be given any more."""
    free_daily: Annotated[int, Field(ge=0, le=10)] = 0
    """Chances that everybody has on each business day; they do not add up."""
    by_order: OrderRule | None = None
    by_campaign_order: CampaignOrderRule | None = None
    by_share: Rule | None = None
    """For each member who comes for the first time by a link of mine with this campaign's id."""
    by_check_in: Rule | None = None
    claim_days: Annotated[int, Field(ge=1, le=30)] = 7
    """How long goods wait to be ordered by who won them."""
    draws_daily_max: Times | None = None
    """Draws of a member on a business day."""
    draws_max: Times | None = None
    """Draws of a member over the whole campaign."""

    @model_validator(mode="after")
    def _sound(self) -> LuckyDrawSettings:
        if len({each.id for each in self.prizes}) < len(self.prizes):
            raise ValueError("name each prize once")
        last = next((each for each in self.prizes if each.id == self.fallback), None)
        if last is None or last.stock is not None or last.per_member_max is not None:
            raise ValueError("fallback names a prize without stock and without a limit")
        if not self.total_weight:
            raise ValueError("some weight is more than zero")
        if not (self.free_daily or any(self.rules().values())):
            raise ValueError("nobody would ever have a chance")
        return self

    @property
    def total_weight(self) -> int:
        return sum(each.weight for each in self.prizes)

    def prize(self, prize_id: str) -> Prize:
        return next(each for each in self.prizes if each.id == prize_id)

    def rules(self) -> dict[Source, Rule | None]:
        """How chances are earned, beside those of the day."""
        return {
            Source.ORDER: self.by_order,
            Source.CAMPAIGN_ORDER: self.by_campaign_order,
            Source.SHARE: self.by_share,
            Source.CHECK_IN: self.by_check_in,
        }
