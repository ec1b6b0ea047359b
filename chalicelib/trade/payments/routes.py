"""A buyer pays."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.core.ledgers import BalanceTooLow
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderNotFound, OrderNotPending
from chalicelib.trade.orders.schemas import OrderView
from chalicelib.trade.payments import service
from chalicelib.trade.payments.errors import PartsTooLarge, PaymentWindowOver, TenderUnavailable, VerificationNeeded
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.payments.schemas import MoneyBack, Pay, PayView

api = Api("payments", title="支付 Payments")


@api.post(
    "/orders/{order_id}/pay",
    raises=[
        *(OrderNotFound, OrderNotPending, PaymentWindowOver, TenderUnavailable),
        *(PartsTooLarge, BalanceTooLow, VerificationNeeded, PartnerUnavailable),
    ],
)
def pay(buyer: Buyer, order_id: str, body: Pay) -> PayView:
    """Begin to pay my order, or go on with it.

    Safe to call any number of times: it is the same payment until the price changes. With `partner_unavailable`
    call again. With `order_not_pending` read the order: it may have been paid already.
    `parts`: what accounts of the mall's own pay; the channel takes the rest, or nothing (`paid`).
    """
    return service.pay(buyer.member_id, buyer.openid, order_id, body)


@api.post("/orders/{order_id}/sync-payment", raises=[OrderNotFound, PartnerUnavailable])
def sync_payment(buyer: Buyer, order_id: str) -> OrderView:
    """Ask the channel now whether my order is paid, and show the order.

    Call it when `wx.requestPayment` returns, whatever it says.
    """
    return OrderView.of(service.sync(buyer.member_id, order_id))


@api.get("/orders/{order_id}/refunds", raises=[OrderNotFound])
def list_money_back(buyer: Buyer, order_id: str) -> MoneyBack:
    """Show what of my order's money went back, or is on its way, and where to: also of one that was called off."""
    order = orders.load(buyer.member_id, order_id)
    return MoneyBack.of(refunds.of_order(order.id))
