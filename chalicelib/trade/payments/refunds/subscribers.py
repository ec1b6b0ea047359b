"""Refunds are carried to the channel. Run twice, the channel hears the same number twice."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.payments.refunds import service
from chalicelib.trade.payments.refunds.events import CheckRefund, RefundRequested
from chalicelib.trade.payments.refunds.models import IN_FLIGHT


@subscribe(RefundRequested, queue="payments")
def send_refund(event: RefundRequested, tx: Transaction) -> None:
    """Ask the channel for the money."""
    _pursue(event.refund_id, tx)


@subscribe(CheckRefund, queue="payments")
def check_refund(event: CheckRefund, tx: Transaction) -> None:
    """Ask the channel again."""
    _pursue(event.refund_id, tx)


def _pursue(refund_id: str, tx: Transaction) -> None:
    refund = service.load(refund_id)
    if refund.status in IN_FLIGHT:
        service.pursue(tx, refund)
