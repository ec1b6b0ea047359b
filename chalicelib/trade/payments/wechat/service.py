"""Which payment of WeChat Pay an order, or a message of WeChat, is about."""

from __future__ import annotations

import logging
from collections.abc import Callable

from chalicelib.core.plugs import PlugMap
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat.shipping import PaymentKey
from chalicelib.gateways.wechat_pay.schemas import Trade
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.models import Payment, PaymentStatus, all_of
from chalicelib.trade.payments.wechat.tender import NAME

log = logging.getLogger(__name__)

trade_notices: PlugMap[Callable[[Trade], None]] = PlugMap("trade_notices")
"""Who else takes money through WeChat Pay, under numbers of their own: what stands before the ``_`` → who hears of it.

Given a trade that WeChat Pay has signed, of which nothing else is proven: compare it with your record, field by field
(:func:`~chalicelib.trade.payments.wechat.tender.compared`). An order's numbers are digits. ``wiring.py`` fills it.
:raises PaymentNotFound, NoticeMismatch: it is not about anything of yours. Any other refusal: it comes again.
"""


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
