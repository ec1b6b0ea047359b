"""Many orders end, each by itself. See docs/algorithms/order-life.md, "Closing"."""

from __future__ import annotations

from chalicelib.core.errors import DomainError
from chalicelib.trade.checkout.canceling.schemas import Cancellation, CancelOrders
from chalicelib.trade.checkout.service import close
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.errors import OrderNotPending
from chalicelib.trade.orders.models import OrderStatus


def cancel(asked: CancelOrders) -> list[Cancellation]:
    """End many unpaid orders, each as ``checkout.close`` does: what stands against one stops no other."""
    return [_cancel_one(number, asked.reason) for number in dict.fromkeys(asked.numbers)]


def _cancel_one(number: str, reason: str) -> Cancellation:
    try:
        order = by_number(number)
        if order.status is not OrderStatus.PENDING_PAYMENT:
            raise OrderNotPending()
        close(order, reason)
    except DomainError as refusal:
        return Cancellation(number=number, canceled=False, code=refusal.code, message=refusal.text)
    return Cancellation(number=number, canceled=True)
