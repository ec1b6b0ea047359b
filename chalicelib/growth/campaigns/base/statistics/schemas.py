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
    reminder_count: int = 0
    """Wishes to be reminded, less those taken back; of a play with sessions one for each session."""
    reminded_count: int = 0
    """Of them, those whose time has come."""
    reminder_came_count: int = 0
    """Of them, those whose members looked at the campaign's page while it ran."""
    reminder_buyer_count: int = 0
    """Members who had asked, and paid for an order."""
    reminder_order_count: int = 0
    reminder_paid_amount: int = 0
    """What of `order_count` and `paid_amount` is theirs."""
    opened_count: int = 0
    """Of a play in which one member opens something and others join it (groups): opened."""
    completed_count: int = 0
    failed_count: int = 0
    """Over without what it takes."""
    joined_count: int = 0
    """Members who joined what another had opened; as often as they did."""
    stranger_count: int = 0
    """Of them, those whom nobody had brought: they found it by themselves."""


class DayNumbers(Numbers):
    """Of a business day."""

    day: date


class StatisticsView(Numbers):
    """The whole campaign, and day by day."""

    refund_rate_bps: int
    """Amount refunded of the amount paid."""
    viral_factor_bps: int
    """Participants brought by others, for each one who came alone."""
    completion_bps: int
    """Completed of those completed or failed."""
    conversion_bps: int
    """Participants of views."""
    days: list[DayNumbers]
