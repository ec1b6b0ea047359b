"""Settings of segments, and what members are seen with."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Line, Schema

Days = Annotated[int, Field(ge=1, le=3650)]
TagId = Annotated[str, Field(min_length=1, max_length=24, pattern=r"^[A-Za-z0-9_\-]+$", examples=["vip"])]
Amount = Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
Orders = Annotated[int, Field(ge=1, le=1_000_000)]


class Settings(Schema):
    """The tags there are, and where stages and scores change."""

    tags: Annotated[dict[TagId, Line], Field(max_length=200)] = {}
    """Id → the word that staff see."""
    new_days: Days = 30
    """Who never paid is new so long after registering, then potential."""
    sleeping_days: Days = 90
    """Who last paid longer ago is sleeping."""
    lost_days: Days = 365
    """Who last paid longer ago is lost."""
    loyal_orders: Orders = 3
    """An active member with so many paid orders is loyal."""
    recency_days: Annotated[list[Days], Field(min_length=4, max_length=4, examples=[[30, 60, 90, 180]])] = [
        30,
        60,
        90,
        180,
    ]
    """R is 5 up to the first number of days since the last payment, 4 up to the second, and so on."""
    frequency_orders: Annotated[list[Orders], Field(min_length=4, max_length=4, examples=[[2, 3, 5, 10]])] = [
        2,
        3,
        5,
        10,
    ]
    """F is 2 from the first number of paid orders on, 3 from the second, and so on."""
    monetary_amounts: Annotated[
        list[Amount], Field(min_length=4, max_length=4, examples=[[10_000, 30_000, 100_000, 300_000]])
    ] = [10_000, 30_000, 100_000, 300_000]
    """M, as F: fen paid less fen refunded."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.sleeping_days >= self.lost_days:
            raise ValueError("sleeping_days is below lost_days")
        for steps in (self.recency_days, self.frequency_orders, self.monetary_amounts):
            if sorted(set(steps)) != steps:
                raise ValueError("each threshold is above the one before")
        return self
