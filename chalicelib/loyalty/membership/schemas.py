"""The ladder of levels and the rules of growth: the documents that staff write."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core.schemas import Fen, Id, Line, Schema

MAX_LEVELS = 20
GrowthValue = Annotated[int, Field(ge=0, le=1_000_000_000, examples=[1000])]
LevelId = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_\-]+$", examples=["gold"])]
Doing = Annotated[int, Field(ge=0, le=1_000_000)]


class GrowthRules(Schema):
    """How growth is earned."""

    per_yuan: Annotated[int, Field(ge=0, le=10_000)] = 1
    """Growth for each yuan paid for goods, when the order is completed."""
    order_bonus: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """For each completed order of at least `order_bonus_from_amount`."""
    order_bonus_from_amount: Fen = 0
    excluded_product_ids: Annotated[list[Id], Field(max_length=500)] = []
    """These give no growth."""
    doings: Annotated[dict[LevelId, Doing], Field(max_length=50)] = {}
    """Growth for what members do: ``review``, ``invite`` (a friend who bought and kept something). Check-in and tasks
    say their own."""


class Benefits(Schema):
    """What a level is good for. The multiplier of points is in the points' rules, the gifts are in the gifts' rules."""

    discount_bps: Annotated[int, Field(ge=1, le=10_000, examples=[9500])] = 10_000
    """What remains of a price, in 1/10,000: 九五折 is 9,500."""
    member_prices: bool = False
    """The SKU's own `member` price, where it has one, stands in for the discount."""
    free_shipping_times: Annotated[int, Field(ge=0, le=999)] | None = 0
    """Orders a month whose freight is given; null: all."""
    free_shipping_cap_amount: Annotated[int, Field(gt=0, le=100_000_000)] | None = None
    """At most so much freight an order, fen."""
    priority_service: bool = False
    """Served first: shown to staff on the member's noticeboard."""


class Level(Schema):
    """A step of the ladder."""

    id: LevelId
    """Never changes: rules of points and segments name it."""
    name: Line
    growth: GrowthValue
    """Reached from here on."""
    keep_growth: GrowthValue | None = None
    """To be earned within a period to keep it, at most `growth`; null: as much as reaches it."""
    picture: Annotated[str, Field(max_length=512, pattern=r"^https?://[\x21-\x7e]+$")] | None = None
    benefits: Benefits = Benefits()

    @property
    def keep(self) -> int:
        """What keeps it for another period."""
        return self.growth if self.keep_growth is None else self.keep_growth


class Fall(StrEnum):
    """Where a level goes that was not kept."""

    ONE_STEP = "one_step"
    TO_EARNED = "to_earned"
    """To what the growth of the period reaches."""


_EXAMPLE: list[Any] = [
    {"id": "basic", "name": "普通会员", "growth": 0},
    {"id": "silver", "name": "银卡会员", "growth": 500},
    {"id": "gold", "name": "金卡会员", "growth": 2000, "keep_growth": 1500},
]


class Ladder(Schema):
    """All levels, the lowest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"levels": _EXAMPLE, "period_months": 12}]})

    levels: Annotated[list[Level], Field(min_length=1, max_length=MAX_LEVELS)]
    period_months: Annotated[int, Field(ge=0, le=60)] = 12
    """So long a level is held before it is decided again; 0: for good."""
    fall: Fall = Fall.ONE_STEP
    excluded_product_ids: Annotated[list[Id], Field(max_length=200)] = []
    """No level's discount is for these; a SKU's own `member` price is."""
    excluded_category_ids: Annotated[list[Id], Field(max_length=50)] = []
    """Nor for these, and all below them."""

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        growths = [each.growth for each in self.levels]
        if growths[0] != 0:
            raise ValueError("the first level is reached at 0")
        if any(low >= high for low, high in pairwise(growths)):
            raise ValueError("each level is reached at more growth than the one before")
        ids, names = {each.id for each in self.levels}, {each.name for each in self.levels}
        if min(len(ids), len(names)) < len(growths):
            raise ValueError("ids and names are there once")
        if any(each.keep > each.growth for each in self.levels):
            raise ValueError("what keeps a level is at most what reaches it")
        return self

    def position(self, level_id: str) -> int:
        """Its place from below; -1: there is no such level."""
        return next((n for n, each in enumerate(self.levels) if each.id == level_id), -1)

    def level(self, level_id: str) -> Level:
        """The level of that id, the lowest if there is none."""
        return self.levels[max(self.position(level_id), 0)]

    def reached(self, growth: int) -> int:
        """The place of the highest level that *growth* reaches; the lowest with less than nothing."""
        return max(sum(each.growth <= growth for each in self.levels) - 1, 0)


def default_ladder() -> Ladder:
    """While staff wrote none: everybody is a member."""
    return Ladder(levels=[Level(id="basic", name="普通会员", growth=0)])
