"""The rules of points."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Schema

Bps = Annotated[int, Field(ge=0, le=1_000_000, examples=[15_000])]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]
Weekday = Annotated[str, Field(pattern=r"^[1-7]$", examples=["1"])]
Doing = Annotated[int, Field(ge=0, le=1_000_000)]


class Rules(Schema):
    """How points are earned, spent and lost. Rates are 1/10,000: 10,000 is once, 15,000 one and a half."""

    per_yuan: Annotated[int, Field(ge=0, le=10_000)] = 1
    """Points for each yuan of goods paid."""
    level_bps: Annotated[dict[Name, Bps], Field(max_length=20)] = {}
    """Multipliers by the member's level."""
    weekday_bps: Annotated[dict[Weekday, Bps], Field(max_length=7)] = {}
    """Multipliers by business weekday of the order, Monday is 1."""
    product_bps: Annotated[dict[Id, Bps], Field(max_length=500)] = {}
    """Multipliers by product; 0: it earns nothing."""
    doings: Annotated[dict[Name, Doing], Field(max_length=50)] = {
        "review": 10,
        "invite": 100,
    }
    """Points for what members do: ``review``, ``invite`` (a friend who bought and kept something). Check-in and tasks
    say their own rewards."""
    freeze_days: Annotated[int, Field(ge=0, le=90)] = 7
    """What an order earned is frozen so long after its completion."""
    points_per_yuan: Annotated[int, Field(ge=1, le=100_000)] = 100
    """So many points pay one yuan."""
    cap_bps: Annotated[int, Field(ge=0, le=10_000)] = 5000
    """Points pay at most this part of the goods that are open to them."""
    min_points: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Fewer are not taken at a time."""
    excluded_product_ids: Annotated[list[Id], Field(max_length=500)] = []
    """Points do not pay these."""
    months: Annotated[int, Field(ge=1, le=60)] = 12
    """Points are good for the month they come in and so many more."""
