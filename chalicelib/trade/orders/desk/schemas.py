"""What staff ask and see of orders."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Schema
from chalicelib.trade.orders.models import Flag, Order, TimelineEntry
from chalicelib.trade.orders.schemas import OrderView
from chalicelib.trade.pricing.service import cost_of

MAX_DAYS = 92


OrderNumber = Annotated[str, Field(pattern=r"^\d{20}$", examples=["26112436000000664118"])]


class ChangeView(Schema):
    """What an edit changed, from what to what."""

    field: str
    before: str | None
    after: str | None


class NoteView(Schema):
    """An entry of the timeline that only staff see."""

    at: datetime
    actor: str
    text: str
    changes: list[ChangeView]

    @classmethod
    def of(cls, entry: TimelineEntry) -> NoteView:
        changes = [ChangeView(**each.model_dump()) for each in entry.changes or []]
        return cls(at=entry.at, actor=entry.actor, text=entry.text, changes=changes)


class DeskOrderView(OrderView):
    """An order as staff see it."""

    member_id: str
    memo: str | None
    flag: Flag
    source: str | None
    payment_id: str | None
    version: int
    cost_amount: int | None
    """What the goods cost the shop, as known when the order was placed."""
    margin_amount: int | None
    """What is left of the payable amount without freight after the cost of the goods."""

    @classmethod
    def of(cls, order: Order) -> DeskOrderView:
        cost = cost_of(order.lines)
        return cls(
            **OrderView.of(order).model_dump(),
            member_id=order.member_id,
            memo=order.memo,
            flag=order.flag or Flag.NONE,
            source=order.source,
            payment_id=order.payment_id,
            version=order.version,
            cost_amount=cost,
            margin_amount=None if cost is None else order.payable_amount - order.freight_amount - cost,
        )


class DeskOrder(Schema):
    """``GET /admin/orders/{number}``."""

    order: DeskOrderView
    notes: list[NoteView]


class AskDays(Schema):
    """``GET /admin/order-days``."""

    from_day: date
    to_day: date

    @model_validator(mode="after")
    def _bounded(self) -> AskDays:
        if not 0 <= (self.to_day - self.from_day).days < MAX_DAYS:
            raise ValueError(f"from_day to to_day is 1 to {MAX_DAYS} days")
        return self


class DayView(Schema):
    """What one business day brought."""

    day: date
    placed_count: int
    placed_amount: int
    paid_count: int
    paid_amount: int
    canceled_count: int
    canceled_amount: int
    completed_count: int
    completed_amount: int


class DaysView(Schema):
    items: list[DayView]
