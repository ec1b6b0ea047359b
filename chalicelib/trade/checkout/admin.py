"""Staff: end an unpaid order."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.checkout import service
from chalicelib.trade.checkout.canceling import service as canceling
from chalicelib.trade.checkout.canceling.schemas import Cancellations, CancelOrders
from chalicelib.trade.checkout.schemas import CancelOrder
from chalicelib.trade.orders.desk import service as desk
from chalicelib.trade.orders.desk.schemas import DeskOrder
from chalicelib.trade.orders.errors import OrderNotFound, OrderNotPending
from chalicelib.trade.orders.models import OrderStatus

api = Api("checkout_admin", title="订单 Orders (staff)")


@api.post(
    "/admin/orders/{number}/cancel",
    permission="orders.write",
    raises=[OrderNotFound, OrderNotPending, PartnerUnavailable],
)
def cancel_order(staff: Staff, number: str, body: CancelOrder) -> DeskOrder:
    """Cancel an unpaid order for its buyer."""
    order = desk.by_number(number)
    if order.status is not OrderStatus.PENDING_PAYMENT:
        raise OrderNotPending()
    service.close(order, body.reason)
    return desk.show(number)


@api.post("/admin/order-cancellations", permission="orders.write")
def cancel_orders(staff: Staff, body: CancelOrders) -> Cancellations:
    """Cancel up to 20 unpaid orders, each by itself, and say what became of each."""
    return Cancellations(items=canceling.cancel(body))
