"""The numbers of a campaign."""

from __future__ import annotations

from datetime import date

from chalicelib.core.schemas import Schema


class Numbers(Schema):
    """Counted from events; amounts are fen."""

    view_count: int = 0
    participant_count: int = 0
    """Members who ordered, or joined in another way of the play; each once."""
    new_member_count: int = 0
    """Of them, those who registered since it began."""
    invited_count: int = 0
    """Of them, those whom somebody else brought."""
    placed_count: int = 0
    order_count: int = 0
    """Paid."""
    piece_count: int = 0
    paid_amount: int = 0
    """What was paid for the goods that took part."""
    discount_amount: int = 0
    """What the campaign took off paid orders."""
    refunded_piece_count: int = 0
    refunded_amount: int = 0


class DayNumbers(Numbers):
    """Of a business day."""

    day: date


class StatisticsView(Numbers):
    """The whole campaign, and day by day."""

    refund_rate_bps: int
    """Amount refunded of the amount paid."""
    viral_factor_bps: int
    """Participants brought by others, for each one who came alone."""
    conversion_bps: int
    """Participants of views."""
    days: list[DayNumbers]
