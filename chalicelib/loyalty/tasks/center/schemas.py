"""What a task is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Id, Line, Moment, Schema
from chalicelib.loyalty.rewards.schemas import Reward

CLAIM_DAYS = timedelta(days=7)
Word = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_\-/.]+$", examples=["joined_live"])]
PagePath = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[\x21-\x7e]+$", examples=["pages/index"])]


class Kind(StrEnum):
    """What is done."""

    REGISTER = "register"
    COMPLETE_PROFILE = "complete_profile"
    BIND_PHONE = "bind_phone"
    FIRST_ORDER = "first_order"
    ORDERS_COUNT = "orders_count"
    AMOUNT_SPENT = "amount_spent"
    SHARE = "share"
    VISIT_PAGE = "visit_page"
    FRIEND_VISITS = "friend_visits"
    CHECK_IN = "check_in"
    CUSTOM = "custom"


LOOKS = (Kind.COMPLETE_PROFILE, Kind.BIND_PHONE)
"""They look at the member and count nothing."""
ORDERS = (Kind.FIRST_ORDER, Kind.ORDERS_COUNT, Kind.AMOUNT_SPENT)
ONLY_ONCE = (Kind.REGISTER, Kind.FIRST_ORDER, *LOOKS)
NAMED = (Kind.VISIT_PAGE, Kind.CUSTOM)


class Period(StrEnum):
    """How often a task can be done."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    def key(self, day: date) -> str:
        """The period in which a business day lies: ``2026-11-24``, ``2026-W48``, ``2026-11``; ``once``."""
        if self is Period.ONCE:
            return "once"
        if self is Period.WEEKLY:
            year, week, _ = day.isocalendar()
            return f"{year:04d}-W{week:02d}"
        return f"{day:%Y-%m-%d}" if self is Period.DAILY else f"{day:%Y-%m}"

    def before(self, day: date) -> str:
        """The period before that of *day*."""
        if self is Period.MONTHLY:
            return self.key(day.replace(day=1) - timedelta(days=1))
        return self.key(day - timedelta(days=7 if self is Period.WEEKLY else 1))


class CountsAt(StrEnum):
    """When an order counts."""

    PAID = "paid"
    COMPLETED = "completed"


class ProfileField(StrEnum):
    """What a member may tell of themself."""

    NICKNAME = "nickname"
    AVATAR_URL = "avatar_url"
    GENDER = "gender"
    BIRTHDAY = "birthday"
    REGION_CODE = "region_code"
    OCCUPATION = "occupation"
    INCOME_BAND = "income_band"
    INTERESTS = "interests"


class TaskReward(Reward):
    """What a task gives."""

    make_up_cards: Annotated[int, Field(ge=0, le=10)] = 0

    @property
    def is_nothing(self) -> bool:
        return super().is_nothing and not self.make_up_cards


class Plan(Schema):
    """What staff say of a task."""

    title: Line
    text: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """More words for people."""
    kind: Kind
    period: Period = Period.ONCE
    target: Annotated[int, Field(ge=1, le=100_000_000)] = 1
    """How often; fen for `amount_spent`."""
    fields: Annotated[list[ProfileField], Field(max_length=8)] = []
    """For `complete_profile`: what must be told."""
    word: Word | None = None
    """For `visit_page` the page, for `custom` the name of what is done."""
    counts_at: CountsAt = CountsAt.COMPLETED
    """For orders."""
    reward: TaskReward
    automatic: bool = False
    """Whether the reward comes by itself."""
    starts_at: Annotated[Moment, Field(examples=["2026-11-24T10:00:00Z"])]
    ends_at: Annotated[Moment, Field(examples=["2027-11-24T10:00:00Z"])]
    segment_id: Id | None = None
    """Only for members of this segment; null: everybody."""
    page: PagePath | None = None
    """Where the client leads."""
    sort: Annotated[int, Field(ge=0, le=100_000)] = 0
    """The least stands first."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Plan:
        if self.starts_at >= self.ends_at:
            raise ValueError("a task ends after it starts")
        if self.kind in ONLY_ONCE and (self.period is not Period.ONCE or self.target != 1):
            raise ValueError(f"{self.kind} is done once, with the target 1")
        if (self.kind is Kind.COMPLETE_PROFILE) != bool(self.fields):
            raise ValueError("complete_profile names its fields, and nothing else does")
        if (self.kind in NAMED) != (self.word is not None):
            raise ValueError("visit_page and custom have a word, and nothing else does")
        if self.reward.is_nothing:
            raise ValueError("a reward that gives nothing")
        return self

    def is_open(self, at: datetime) -> bool:
        """Whether what happens at that time counts."""
        return self.starts_at <= at < self.ends_at

    def is_claimable(self, at: datetime) -> bool:
        """Whether what was finished can be claimed at that time."""
        return self.starts_at <= at < self.ends_at + CLAIM_DAYS
