"""What goes in and out of payments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field, field_validator

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Fen, Id, Schema
from chalicelib.trade.payments.models import Part, Payment, PaymentStatus
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus
from chalicelib.trade.payments.refunds.schemas import RefundView


class AskPart(Schema):
    """A part of the payment from an account of the mall's own."""

    tender: Id
    amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT)] | None = None
    """Fen; null: as much as is there, at most what there is to pay."""


class Pay(Schema):
    """``POST /orders/{order_id}/pay``."""

    tender: Id = "wechat_pay"
    """The channel that takes what the parts leave."""
    parts: Annotated[list[AskPart], Field(max_length=3)] = []

    @field_validator("parts")
    @classmethod
    def _each_once(cls, parts: list[AskPart]) -> list[AskPart]:
        if len({part.tender for part in parts}) != len(parts):
            raise ValueError("name each account once")
        return parts


class PartView(Schema):
    """What an account pays of a payment; `advance`: what was paid before the order."""

    tender: Id
    amount: Fen

    @classmethod
    def of(cls, part: Part) -> PartView:
        return cls(tender=part.tender, amount=part.amount)


class PayView(Schema):
    """A payment that waits for the buyer."""

    payment_id: Id
    tender: Id
    amount: Fen
    """The whole."""
    channel_amount: Fen
    """What the channel takes."""
    parts: list[PartView]
    paid: bool
    """Accounts paid everything: there is nothing to ask the buyer for, ``parameters`` is empty."""
    expires_at: datetime
    parameters: dict[str, str]
    """``wechat_pay``: hand these to ``wx.requestPayment`` as they are."""

    @classmethod
    def of(cls, payment: Payment, parameters: dict[str, str]) -> PayView:
        return cls(
            payment_id=payment.id,
            tender=payment.tender,
            amount=payment.amount,
            channel_amount=payment.channel_amount,
            parts=[PartView.of(part) for part in payment.parts],
            paid=payment.status is PaymentStatus.SUCCEEDED,
            expires_at=payment.expires_at,
            parameters=parameters,
        )


class MoneyBackView(Schema):
    """Money of an order on its way back to its buyer."""

    status: RefundStatus
    """`closed`: it did not arrive and is filed anew. `abnormal`: staff are at it."""
    amount: Fen
    """The whole."""
    channel_amount: Fen
    """Of it, what comes by the channel."""
    parts: list[PartView]
    """Of it, what accounts have had back at once."""
    reason: str
    requested_at: datetime
    settled_at: datetime | None

    @classmethod
    def of(cls, refund: Refund) -> MoneyBackView:
        plain = {name: getattr(refund, name) for name in cls.model_fields if name != "parts"}
        return cls(**plain, parts=[PartView.of(part) for part in refund.parts])


class MoneyBack(Schema):
    """``GET /orders/{order_id}/refunds``, oldest first."""

    items: list[MoneyBackView]
    refunded_amount: Fen
    """Of all that are there or on their way."""

    @classmethod
    def of(cls, refunds: Iterable[Refund]) -> MoneyBack:
        found = sorted(refunds, key=lambda refund: refund.requested_at)
        back = sum(refund.amount for refund in found if refund.status is not RefundStatus.CLOSED)
        return cls(items=[MoneyBackView.of(refund) for refund in found], refunded_amount=back)


class PaymentView(Schema):
    """A payment as staff see it. ``id`` is the channel's merchant order number."""

    id: str
    order_id: str
    member_id: str
    tender: str
    status: PaymentStatus
    amount: Fen
    channel_amount: Fen
    parts: list[PartView]
    refunded_amount: Fen
    created_at: datetime
    expires_at: datetime
    succeeded_at: datetime | None
    closed_at: datetime | None
    transaction_id: str | None
    late: bool
    """The money came when the order could not be paid any more, and goes back."""

    @classmethod
    def of(cls, payment: Payment) -> PaymentView:
        plain = {name: getattr(payment, name) for name in cls.model_fields if name != "parts"}
        return cls(**plain, parts=[PartView.of(part) for part in payment.parts])


class OrderPayments(Schema):
    """All money that came and went for an order, oldest first."""

    payments: list[PaymentView]
    refunds: list[RefundView]
