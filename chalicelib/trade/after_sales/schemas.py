"""After-sales as buyers see them, and what several inputs share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from chalicelib.core import clock
from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Fen, Id, PageQuery, Schema
from chalicelib.core.settings import settings
from chalicelib.trade.after_sales.models import (
    BUYER,
    REASONS,
    STAFF,
    STEPS,
    SYSTEM,
    AfterSale,
    Contact,
    Kind,
    Piece,
    Reason,
    Replacement,
    Sending,
    Status,
    Step,
)
from chalicelib.trade.fulfillment.carriers.schemas import CarrierCode, TrackingNumber

Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]+$")]
"""What a person writes, over several lines perhaps."""
Amount = Annotated[int, Field(ge=0, le=MAX_AMOUNT)]
Position = Annotated[int, Field(ge=0, le=999)]
"""Of a line in the order, from 0."""
Pieces = Annotated[int, Field(ge=1, le=1_000_000)]
_NAMED = {"steps", "pieces", "return_to", "sent_back", "replacement", "replaced_by"}


class ListAfterSales(PageQuery):
    """``GET /after-sales``: all, or those of an order or in a status."""

    status: Status | None = None
    order_id: Id | None = None


class NameWaybill(Schema):
    """A courier and the number of a parcel."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"carrier": "sf", "tracking_number": "SF1234567890123"}]})

    carrier: CarrierCode
    tracking_number: TrackingNumber


class PieceView(Schema):
    """Pieces of an order line. ``accepted``: refunded or replaced."""

    line: int
    product_id: str
    sku_id: str
    name: str
    spec: str
    picture: str
    quantity: int
    unshipped: int
    accepted: int

    @classmethod
    def of(cls, piece: Piece) -> PieceView:
        return cls(**piece.model_dump(exclude={"sellable"}))


class StepView(Schema):
    at: datetime
    status: Status
    actor: str
    """`buyer`, `system`, or `staff`; staff read who of them it was."""
    text: str

    @classmethod
    def of(cls, step: Step, *, named: bool) -> StepView:
        actor = step.actor if named or step.actor in (BUYER, SYSTEM) else STAFF
        return cls(**step.model_dump(exclude={"actor"}), actor=actor)


class ContactView(Schema):
    name: str
    phone: str
    address: str

    @classmethod
    def of(cls, contact: Contact | None) -> ContactView | None:
        return cls(**contact.model_dump()) if contact is not None else None


class SendingView(Schema):
    """A parcel; its way is at ``…/track``."""

    carrier: str
    tracking_number: str
    at: datetime

    @classmethod
    def of(cls, sending: Sending | None) -> SendingView | None:
        return cls(**sending.model_dump(exclude={"parcel_id"})) if sending is not None else None


class ReplacementView(Schema):
    sku_id: str
    spec: str

    @classmethod
    def of(cls, replacement: Replacement | None) -> ReplacementView | None:
        return cls(**replacement.model_dump()) if replacement is not None else None


class AfterSaleView(Schema):
    """An after-sale with its timeline."""

    id: str
    number: str
    order_id: str
    order_number: str
    kind: Kind
    status: Status
    pieces: list[PieceView]
    reason: Reason
    reason_text: str
    description: str | None
    pictures: list[str]
    asked_amount: Fen | None
    proposed_amount: Fen
    """What would have gone back when it was asked for."""
    goods_amount: Fen
    """What was due for the pieces, once it is refunded."""
    withheld_amount: Fen
    freight_amount: Fen
    refund_amount: Fen
    """What goes back: goods less what is withheld, and freight."""
    refund_id: str | None
    opened_at: datetime
    moved_at: datetime
    due_at: datetime | None
    """When the present status ends by itself, if nobody acts."""
    return_to: ContactView | None
    sent_back: SendingView | None
    replacement: ReplacementView | None
    replaced_by: SendingView | None
    steps: list[StepView]
    may_cancel: bool
    may_send_back: bool
    may_appeal: bool
    contact_phone: str
    """Whom to call."""

    @classmethod
    def of(cls, sale: AfterSale) -> AfterSaleView:
        return cls(**fields_of(sale))


def fields_of(sale: AfterSale, *, named: bool = False) -> dict[str, Any]:
    """The fields of :class:`AfterSaleView`. :param named: the timeline says who of the staff it was."""
    made = {"reason_text", "may_cancel", "may_send_back", "may_appeal", "contact_phone"}
    plain = {name: getattr(sale, name) for name in AfterSaleView.model_fields if name not in _NAMED | made}
    return {
        **plain,
        "reason_text": REASONS[sale.reason],
        "pieces": [PieceView.of(each) for each in sale.pieces],
        "steps": [StepView.of(each, named=named) for each in sale.steps],
        "return_to": ContactView.of(sale.return_to),
        "sent_back": SendingView.of(sale.sent_back),
        "replacement": ReplacementView.of(sale.replacement),
        "replaced_by": SendingView.of(sale.replaced_by),
        "may_cancel": STEPS.allows(sale.status, Status.CANCELED),
        "may_send_back": STEPS.allows(sale.status, Status.SENT),
        "may_appeal": may_appeal(sale),
        "contact_phone": settings().after_sale_phone,
    }


def may_appeal(sale: AfterSale) -> bool:
    """Whether the buyer may ask the owner: once, for some days after the refusal."""
    until = sale.moved_at + timedelta(days=settings().after_sale_appeal_days)
    return sale.status is Status.REFUSED and sale.appealed_at is None and clock.now() < until
