"""What refunds do to invoices."""

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.invoices import service
from chalicelib.trade.payments.refunds.events import RefundSucceeded


@subscribe(RefundSucceeded, queue="reactions")
def follow_refund(event: RefundSucceeded, tx: Transaction) -> None:
    """Less is to be invoiced, or what is issued is to be reversed."""
    if event.is_of_order:
        service.follow_refund(tx, event.member_id, event.order_id)
