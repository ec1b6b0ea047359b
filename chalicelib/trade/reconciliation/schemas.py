"""What staff ask and see of reconciliation."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from chalicelib.core.schemas import PageQuery, Schema
from chalicelib.trade.reconciliation.models import About, DayStatus, Difference, Kind, Reconciliation, State

Note = Annotated[str, Field(min_length=2, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]


class ListDays(PageQuery):
    """``GET /admin/reconciliations``."""


class DayView(Schema):
    """A day of the channel's by China's clock. Counts and amounts are the bill's, unless they are called `own`."""

    day: date
    status: DayStatus
    run: int
    begun_at: datetime
    finished_at: datetime | None
    problem: str | None
    """Why the bill is not here."""
    has_bill: bool
    rows: int
    payments: int
    payments_amount: int
    refunds: int
    refunds_amount: int
    fee_amount: int
    """What the channel keeps, fen."""
    own_payments: int
    own_refunds: int
    found: int
    """Differences that the last run met; over 1,000 they are counted only."""

    @classmethod
    def of(cls, stored: Reconciliation) -> DayView:
        return cls.model_validate({name: getattr(stored, name) for name in cls.model_fields})


class FindDifferences(PageQuery):
    """``GET /admin/payment-differences``: of a state, the latest day first; or of one day."""

    state: State = State.OPEN
    day: date | None = None


class DifferenceView(Schema):
    """A number about which the channel's bill and our books do not agree. Amounts in fen."""

    day: date
    id: str
    state: State
    about: About
    kind: Kind
    number: str
    own_amount: int | None
    own_status: str | None
    channel_amount: int | None
    channel_state: str | None
    channel_number: str | None
    paid_number: str | None
    order_id: str | None
    """Of a purchase that is no order, its own number."""
    member_id: str | None
    found_at: datetime
    note: str | None
    explained_by: str | None
    explained_at: datetime | None
    resolved_at: datetime | None

    @classmethod
    def of(cls, stored: Difference) -> DifferenceView:
        return cls.model_validate({name: getattr(stored, name) for name in cls.model_fields})


class Explain(Schema):
    """``POST /admin/reconciliations/{day}/differences/{difference_id}/explain``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "线下测试支付，已在商户平台退款"}]})

    note: Note


class BillLink(Schema):
    """Where the channel's bill is, packed (gzip), for a quarter of an hour."""

    url: str
    expires_at: datetime
