"""Bargains as staff see them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from chalicelib.core.schemas import Fen, Schema
from chalicelib.growth.campaigns.bargain.models import Bargain, Cut, Standing
from chalicelib.growth.campaigns.base.friends.desk.schemas import DeskStarted, FindStarted


class FindBargains(FindStarted):
    """``GET /admin/bargains``."""

    standing: Literal["running", "ordered", "over"] | None = None
    """By the clock; a running one may be at its floor."""


class DeskBargain(DeskStarted):
    """A bargain in a list."""

    standing: Standing
    """By the clock."""
    start_amount: Fen
    floor_amount: Fen
    price_amount: Fen
    """What it costs now."""
    cut_count: int
    cuts_total: int

    @classmethod
    def of(cls, bargain: Bargain, standing: Standing) -> DeskBargain:
        names = DeskBargain.model_fields.keys() - {"standing"}
        return cls(**{name: getattr(bargain, name) for name in names}, standing=standing)


class DeskCut(Schema):
    """A cut of a bargain."""

    number: int
    """From 1, in the order in which they were made."""
    member_id: str
    amount: Fen
    newcomer: bool
    """By a member who registered since the bargain began."""
    at: datetime

    @classmethod
    def of(cls, cut: Cut) -> DeskCut:
        return cls(number=int(cut.number), member_id=cut.member_id, amount=cut.amount, newcomer=cut.newcomer, at=cut.at)


class DeskBargainDetail(DeskBargain):
    """A bargain whole."""

    cuts: list[DeskCut]
    """200 at most."""
