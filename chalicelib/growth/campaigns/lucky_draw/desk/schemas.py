"""A draw as staff see it."""

from __future__ import annotations

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.growth.campaigns.lucky_draw.showing.schemas import DrawView


class PrizeNumbers(Schema):
    """What became of a prize."""

    id: str
    title: str
    weight: int
    odds_bps: int
    stock: int | None
    given: int
    left: int | None


class PrizesView(Schema):
    """The prizes, in the order of the wheel."""

    total_weight: int
    draw_count: int
    """Draws in all: each gave one prize."""
    items: list[PrizeNumbers]


class AuditDraws(PageQuery):
    """``GET /admin/campaigns/{campaign_id}/draws``."""


class AuditRow(DrawView):
    """A draw with who made it: the number, what it was drawn from, and what was given."""

    member_id: str
