"""Staff: look after refunds."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.payments.refunds import service
from chalicelib.trade.payments.refunds.errors import RefundEnded, RefundMoved, RefundNotClosed, RefundNotFound
from chalicelib.trade.payments.refunds.schemas import FindRefunds, RefundView

api = Api("refunds_admin", title="支付 Payments (staff)")


@api.get("/admin/refunds", permission="payments.read")
def find_refunds(staff: Staff, query: FindRefunds) -> Page[RefundView]:
    """Find refunds of a status: `requested` with a `problem` and `abnormal` ones need a person."""
    return service.find(query)


@api.get("/admin/refunds/{refund_id}", permission="payments.read", raises=[RefundNotFound])
def show_refund(staff: Staff, refund_id: str) -> RefundView:
    """Show a refund."""
    return RefundView.of(service.load(refund_id))


@api.post(
    "/admin/refunds/{refund_id}/retry", permission="payments.write", raises=[RefundNotFound, RefundEnded, RefundMoved]
)
def retry_refund(staff: Staff, refund_id: str) -> RefundView:
    """Ask the channel again, now; the answer shows what it said."""
    return service.retry(refund_id)


@api.post(
    "/admin/refunds/{refund_id}/again",
    status=201,
    permission="payments.write",
    raises=[RefundNotFound, RefundNotClosed, RefundMoved],
)
def file_refund_again(staff: Staff, refund_id: str) -> RefundView:
    """File a refund anew that the channel closed without money: it is owed still. The answer is the new refund."""
    return service.file_again(refund_id)
