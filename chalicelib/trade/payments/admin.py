"""Staff: look at payments."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.errors import OrderNotFound
from chalicelib.trade.payments.confirming.service import load
from chalicelib.trade.payments.errors import PaymentNotFound
from chalicelib.trade.payments.models import all_of
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.payments.refunds.schemas import RefundView
from chalicelib.trade.payments.schemas import OrderPayments, PaymentView

api = Api("payments_admin", title="支付 Payments (staff)")


@api.get("/admin/payments/{payment_id}", permission="payments.read", raises=[PaymentNotFound])
def show_payment(staff: Staff, payment_id: str) -> PaymentView:
    """Show a payment by the number that the channel's bills know it by."""
    return PaymentView.of(load(payment_id))


@api.get("/admin/orders/{number}/payments", permission="payments.read", raises=[OrderNotFound])
def payments_of_order(staff: Staff, number: str) -> OrderPayments:
    """Show all payments and refunds of an order."""
    order = by_number(number)
    return OrderPayments(
        payments=[PaymentView.of(payment) for payment in all_of(order)],
        refunds=[RefundView.of(refund) for refund in refunds.of_order(order.id)],
    )
