"""The result of a launch."""

from __future__ import annotations

from chalicelib.core.schemas import Schema


class LaunchReport(Schema):
    """From the campaign's numbers; amounts are fen."""

    reserved_count: int
    """Who asked to be told, less who took it back."""
    reminded_count: int
    came_count: int
    """Of them, who looked at the page after the launch."""
    bought_count: int
    """Of them, who paid for an order of it."""
    came_bps: int
    """Of those who reserved, in 1/10,000."""
    bought_bps: int
    reserved_order_count: int
    reserved_paid_amount: int
    """What they paid for its goods."""
    other_order_count: int
    other_paid_amount: int
    """What everybody else did."""
    refunded_amount: int
    """Of both."""
