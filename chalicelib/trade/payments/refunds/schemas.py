"""What staff ask and see of refunds."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import model_validator

from chalicelib.core.schemas import Fen, PageQuery, Schema
from chalicelib.trade.payments.refunds.models import FINAL, Refund, RefundStatus


class FindRefunds(PageQuery):
    """``GET /admin/refunds``: those of a status; ended ones by the business day of their end."""

    status: RefundStatus
    day: date | None = None

    @model_validator(mode="after")
    def _day_of_the_ended(self) -> FindRefunds:
        if (self.status in FINAL) != (self.day is not None):
            raise ValueError("day is needed for succeeded and closed refunds, and only for them")
        return self


class RefundView(Schema):
    """A refund. ``id`` is the channel's merchant refund number."""

    id: str
    payment_id: str
    order_id: str
    """Of what was paid; a purchase that is no order (stored value, a card) is its own: the same as `payment_id`."""
    member_id: str
    tender: str
    status: RefundStatus
    amount: Fen
    """The whole."""
    channel_amount: Fen
    """What goes back by the channel; the rest went back to accounts at once."""
    reason: str
    requested_at: datetime
    settled_at: datetime | None
    channel_refund_id: str | None
    problem: str | None
    """The channel's code of what went wrong at the last try; it is tried again by itself."""

    @classmethod
    def of(cls, refund: Refund) -> RefundView:
        return cls(**{name: getattr(refund, name) for name in cls.model_fields})
