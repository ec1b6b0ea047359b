"""Which payment of WeChat Pay an order, or a message of WeChat, is about."""

from __future__ import annotations

import logging

from chalicelib.core.settings import settings
from chalicelib.gateways.wechat.shipping import PaymentKey
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.models import Payment, PaymentStatus, all_of
from chalicelib.trade.payments.wechat.tender import NAME

log = logging.getLogger(__name__)


def payment_of(order: Order) -> Payment | None:
    """The payment of WeChat Pay that paid the order, wholly or in part; None: no such money is in it. Consistent."""
    paid = [each for each in all_of(order) if each.tender == NAME and each.status is PaymentStatus.SUCCEEDED]
    return next((each for each in paid if not each.late), None)


def named(merchant_id: str, out_trade_no: str, transaction_id: str) -> Payment | None:
    """The payment that a message of WeChat is about, if it names one of ours rightly. Consistent."""
    ours = merchant_id == settings().wechat_pay_merchant_id and 0 < len(out_trade_no) <= 64
    payment = Payment.find(out_trade_no, consistent=True) if ours else None
    if payment is not None and payment.tender == NAME and payment.transaction_id == transaction_id:
        return payment
    log.warning("wechat speaks of a payment that is not ours", extra={"number": out_trade_no[:64]})
    return None


def key_of(payment: Payment) -> PaymentKey:
    """The payment as WeChat's shipping management knows it."""
    return PaymentKey(transaction_id=payment.transaction_id, out_trade_no=payment.id)
