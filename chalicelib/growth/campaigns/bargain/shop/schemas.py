"""Bargains as members and their friends see them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from chalicelib.core.schemas import Fen, Schema
from chalicelib.growth.campaigns.bargain.models import Bargain, Cut, Standing
from chalicelib.growth.campaigns.base.friends.schemas import Face


class BargainCard(Schema):
    """A bargain in the list of its owner."""

    id: str
    campaign_id: str
    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    standing: Standing
    """By the clock."""
    start_amount: Fen
    floor_amount: Fen
    price_amount: Fen
    """What it costs now."""
    cut_count: int
    cuts_total: int
    started_at: datetime
    ends_at: datetime

    @classmethod
    def fields(cls, bargain: Bargain) -> dict[str, object]:
        """What the row itself says."""
        names = ("id", "campaign_id", "product_id", "sku_id", "start_amount", "floor_amount", "price_amount")
        more = ("cut_count", "cuts_total", "started_at", "ends_at")
        return {name: getattr(bargain, name) for name in (*names, *more)}


class BargainPage(BargainCard):
    """A bargain as its owner and friends see it. To buy it: the option `bargain` of the preview is its id."""

    now: datetime
    """The mall's clock, for the countdown."""
    starter: Face
    mine: bool
    my_cut_amount: Fen | None
    """What I took off; null: I have not helped."""
    buy_at: Literal["any", "floor"]
    can_buy: bool
    """By me, now."""
    sold_out: bool
    """No piece is left: until one comes back nobody can help or buy."""
    left: int | None
    """Pieces left of those set aside; null: it sells from the product's own stock."""
    order_id: str | None
    """For its owner."""


class CutView(Face):
    """A cut, the newest first."""

    amount: Fen
    newcomer: bool
    """By a member who registered since the bargain began."""
    at: datetime

    @classmethod
    def made(cls, cut: Cut, face: Face) -> CutView:
        return cls(**face.model_dump(), amount=cut.amount, newcomer=cut.newcomer, at=cut.at)
