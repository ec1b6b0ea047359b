"""What goes in and out of payments."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Fen, Id, Schema
from chalicelib.trade.payments.models import Payment, PaymentStatus
from chalicelib.trade.payments.refunds.schemas import RefundView


class Pay(Schema):
    """``POST /orders/{order_id}/pay``."""

    tender: Id = "wechat_pay"


class PayView(Schema):
    """A payment that waits for the buyer."""

    payment_id: Id
    tender: Id
    amount: Fen
    expires_at: datetime
    parameters: dict[str, str]
    """``wechat_pay``: hand these to ``wx.requestPayment`` as they are."""


class PaymentView(Schema):
    """A payment as staff see it. ``id`` is the channel's merchant order number."""

    id: str
    order_id: str
    member_id: str
    tender: str
    status: PaymentStatus
    amount: Fen
    created_at: datetime
    expires_at: datetime
    succeeded_at: datetime | None
    closed_at: datetime | None
    transaction_id: str | None
    late: bool
    """The money came when the order could not be paid any more, and goes back."""

    @classmethod
    def of(cls, payment: Payment) -> PaymentView:
        return cls(**{name: getattr(payment, name) for name in cls.model_fields})


class OrderPayments(Schema):
    """All money that came and went for an order, oldest first."""

    payments: list[PaymentView]
    refunds: list[RefundView]
