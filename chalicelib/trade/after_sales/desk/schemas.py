"""What staff ask and see of after-sales."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, field_validator, model_validator

from chalicelib.core.schemas import Id, PageQuery, Schema
from chalicelib.trade.after_sales.applying.schemas import MAX_LINES
from chalicelib.trade.after_sales.deciding.schemas import WithTerms
from chalicelib.trade.after_sales.models import OPEN, AfterSale, Kind, Reason, Status
from chalicelib.trade.after_sales.schemas import AfterSaleView, Pieces, Position, Words, fields_of
from chalicelib.trade.fulfillment.tracking.schemas import TrackView


class FindAfterSales(PageQuery):
    """``GET /admin/after-sales``: those of a status (ended ones by the business day of their end), of an order, of a
    member, or the one of a number; ``kind`` and ``overdue`` thin the list out."""

    status: Status | None = None
    day: date | None = None
    order_number: Id | None = None
    member_id: Id | None = None
    number: Id | None = None
    kind: Kind | None = None
    overdue: bool = False

    @model_validator(mode="after")
    def _one_question(self) -> FindAfterSales:
        asked = [each for each in (self.status, self.order_number, self.member_id, self.number) if each is not None]
        if len(asked) != 1:
            raise ValueError("name a status, an order, a member or a number: one of them")
        ended = self.status is not None and self.status not in OPEN
        if ended != (self.day is not None):
            raise ValueError("day is needed for ended after-sales, and only for them")
        return self


class DeskAfterSaleView(AfterSaleView):
    """An after-sale as staff see it."""

    member_id: str
    phone: str | None
    by_staff: bool
    overdue_at: datetime | None
    """Since when it waits for a person."""
    appealed_at: datetime | None
    goods_back: bool
    version: int

    @classmethod
    def of(cls, sale: AfterSale) -> DeskAfterSaleView:
        more = ("member_id", "phone", "by_staff", "overdue_at", "appealed_at", "goods_back", "version")
        return cls(**fields_of(sale, named=True), **{name: getattr(sale, name) for name in more})


class TracksView(Schema):
    """The parcels of an after-sale: back, then the replacement's."""

    items: list[TrackView]


class RefundedPieces(Schema):
    """Of a line: how many are refunded, and how many of those that had left can be sold again."""

    line: Position
    quantity: Pieces
    sellable: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class RefundOrder(WithTerms):
    """``POST /admin/orders/{number}/refunds``: pieces, freight, or both."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"pieces": [{"line": 0, "quantity": 1}], "reason": "other", "note": "缺货"}]}
    )

    pieces: Annotated[list[RefundedPieces], Field(max_length=MAX_LINES)] = []
    reason: Reason = Reason.OTHER
    note: Words

    @field_validator("pieces")
    @classmethod
    def _each_once(cls, pieces: list[RefundedPieces]) -> list[RefundedPieces]:
        if len({piece.line for piece in pieces}) != len(pieces):
            raise ValueError("name each line once")
        return pieces
