"""What staff ask of all orders, and what they get."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.core.schemas import Fen, Id, Line, Page, PageQuery
from chalicelib.trade.orders.desk.schemas import MAX_DAYS, DeskOrderView
from chalicelib.trade.orders.models import Flag, Fulfillment, OrderStatus

Phone = Annotated[str, Field(min_length=3, max_length=20, pattern=r"^[0-9+\-]+$")]

Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2100, 1, 1))]


class FindOrders(PageQuery):
    """``GET /admin/orders``: all that is asked must hold. Days count in the business time zone, both ends included.

    What is no key of its own is looked for in the days of placing; without days, in the last 31.
    """

    q: Line | None = None
    """The one box: a number of any kind, a phone or its last four digits, a name, a word."""
    number: Annotated[str, Field(pattern=r"^\d{20}$")] | None = None
    phone: Phone | None = None
    phone_tail: Annotated[str, Field(pattern=r"^\d{4}$")] | None = None
    receiver: Line | None = None
    """Is in the receiver's name."""
    member_id: Id | None = None
    product_id: Id | None = None
    product: Line | None = None
    """Is in the name of a product."""
    sku_id: Id | None = None
    sku_code: Line | None = None
    """The merchant's code or the barcode of a SKU, or the code of its product, as they are now."""
    text: Line | None = None
    """Is in the receiver's name, a product, the remark or the memo; or is the phone's last four digits or a code."""
    tracking_number: Line | None = None
    """Of a parcel of the order, or of one of its after-sales."""
    transaction_id: Line | None = None
    """The channel's own number of a payment."""
    payment_id: Line | None = None
    """The number under which the channel's bills list a payment of ours."""
    refund_id: Line | None = None
    after_sale_number: Line | None = None
    has_open_after_sale: bool | None = None
    """Whether one of its after-sales waits for somebody, or for money that is on its way."""
    after_sale_kind: Id | None = None
    """It has an after-sale of this kind: `refund_only`, `return_and_refund`, `exchange`. Asked with
    `has_open_after_sale=true` or a status, one after-sale must be all of it."""
    after_sale_status: Id | None = None
    """It has an after-sale in this status, in the words of `GET /admin/after-sales`."""
    part_of: Id | None = None
    """The id of what changed its price, gave it pieces of its own, or lets it wait."""
    adjusted_by: Id | None = None
    """The id of what changed its price: the `source_id` of an adjustment."""
    adjustment: Id | None = None
    """The sort of what changed its price: the `kind` of an adjustment."""
    amount_from: Fen | None = None
    """Of the payable amount."""
    amount_to: Fen | None = None
    fulfillment: Fulfillment | None = None
    store_id: Id | None = None
    """Where it is fetched."""
    source: Id | None = None
    status: OrderStatus | None = None
    from_day: Day | None = None
    to_day: Day | None = None
    paid_from_day: Day | None = None
    paid_to_day: Day | None = None
    flag: Flag | None = None
    has_hold: bool | None = None
    """Whether something must be decided before it is sent: a group that is not complete."""
    has_refund: bool | None = None
    """Whether money of some of its pieces has gone back."""
    has_memo: bool | None = None
    has_remark: bool | None = None

    @model_validator(mode="after")
    def _bounded(self) -> FindOrders:
        for first, last in (("from_day", "to_day"), ("paid_from_day", "paid_to_day")):
            a, b = getattr(self, first), getattr(self, last)
            if a and b and not 0 <= (b - a).days < MAX_DAYS:
                raise ValueError(f"{first} to {last} is 1 to {MAX_DAYS} days")
        if self.amount_from is not None and self.amount_to is not None and self.amount_from > self.amount_to:
            raise ValueError("amount_from is above amount_to")
        return self


class FoundOrders(Page[DeskOrderView]):
    """A part of what was found, newest first. A page can be short, even empty, and have a cursor: so far nothing was
    found, and the search goes on from there."""

    examined: int
    """Orders looked at for this page."""
    searched_to: date | None
    """The day of placing up to which this page has looked; null where a key led to the orders."""
    understood_as: str | None
    """As which field what was typed into `q` was understood."""
