"""What happens to refunds."""

from __future__ import annotations

from typing import Self

from chalicelib.core.events import Event
from chalicelib.trade.payments.refunds.models import Refund


class RefundEvent(Event):
    """Names a refund and whose money it is, fen."""

    member_id: str
    order_id: str
    payment_id: str
    refund_id: str
    amount: int

    @property
    def is_of_order(self) -> bool:
        """Whether what was paid was an order; a purchase that is none stands for itself."""
        return self.order_id != self.payment_id

    @classmethod
    def of(cls, refund: Refund, **more: str) -> Self:
        """The event of *refund*."""
        named = {"member_id": refund.member_id, "order_id": refund.order_id, "payment_id": refund.payment_id}
        return cls.model_validate({**named, "refund_id": refund.id, "amount": refund.amount, **more})


class RefundRequested(RefundEvent):
    """Money is owed to the buyer; the channel is asked by reaction."""


class RefundSucceeded(RefundEvent):
    """The money is back."""


class RefundFailed(RefundEvent):
    """The channel can not give the money back by itself: a person has to act. ``status``: abnormal or closed."""

    status: str


class CheckRefund(Event):
    """Ask the channel about a refund of which nothing was heard."""

    refund_id: str
