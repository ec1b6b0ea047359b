"""Assists as members and their friends see them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Fen, Schema
from chalicelib.growth.campaigns.assist.models import Assist, Standing
from chalicelib.growth.campaigns.assist.schemas import Helpers
from chalicelib.growth.campaigns.base.friends.schemas import Face


class AssistCard(Schema):
    """An assist in the list of its owner."""

    id: str
    campaign_id: str
    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    standing: Standing
    """By the clock."""
    list_amount: Fen
    """The catalog's price when it began."""
    unit_amount: Fen
    """What it costs once unlocked."""
    help_count: int
    helps_total: int
    started_at: datetime
    ends_at: datetime
    """Until when friends can help; once unlocked, until when it can be ordered."""

    @classmethod
    def fields(cls, assist: Assist) -> dict[str, object]:
        """What the row itself says."""
        names = ("id", "campaign_id", "product_id", "sku_id", "list_amount", "unit_amount")
        more = ("help_count", "helps_total", "started_at", "ends_at")
        return {name: getattr(assist, name) for name in (*names, *more)}


class AssistPage(AssistCard):
    """An assist as its owner and friends see it. To order it: the option `assist` of the preview is its id."""

    now: datetime
    """The mall's clock, for the countdown."""
    starter: Face
    mine: bool
    helped: bool
    """I have."""
    helpers: Helpers
    """Whose help counts."""
    can_order: bool
    """By me, now."""
    left: int
    """Pieces that nobody has unlocked yet."""
    order_id: str | None
    """For its owner."""


class HelperView(Face):
    """A helper, the newest first."""

    at: datetime
