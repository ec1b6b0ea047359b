"""Completion by WeChat's word: its notice says only that there is something to ask about."""

from __future__ import annotations

import logging
from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import shipping
from chalicelib.gateways.wechat.shipping import Advice
from chalicelib.mall.pushes.schemas import Push
from chalicelib.trade.fulfillment.completion.events import SettlementHeard
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import OrderStatus
from chalicelib.trade.payments.wechat import service as wechat_payments

log = logging.getLogger(__name__)
PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 240, 720, 1440))


def hear_settlement(push: Push, tx: Transaction) -> None:
    """WeChat tells of a payment's shipping or settlement: ask what it is. Registered with pushes.

    The notice comes at shipping and at settlement, and its method is said to come swapped: nothing is read from it.
    """
    heard = SettlementHeard(
        merchant_id=push.text("merchant_id"),
        payment_id=push.text("merchant_trade_no"),
        transaction_id=push.text("transaction_id"),
    )
    tx.emit(heard)


def ask(tx: Transaction, heard: SettlementHeard) -> None:
    """Complete the order if WeChat, asked, says that its payment was received; ask again when it does not answer."""
    payment = wechat_payments.named(heard.merchant_id, heard.payment_id, heard.transaction_id)
    order = orders.load(payment.member_id, payment.order_id, consistent=True) if payment is not None else None
    if payment is None or order is None or order.status is not OrderStatus.SHIPPED:
        return
    try:
        told = shipping.ask(wechat_payments.key_of(payment))
    except PartnerError as error:
        _again(tx, heard, error)
        return
    if (told.out_trade_no, told.transaction_id) != (payment.id, payment.transaction_id):
        log.error("wechat speaks of another payment", extra={"alarm": True, "number": payment.id})
    elif told.received:
        orders.complete(tx, order, by="wechat")


def _again(tx: Transaction, heard: SettlementHeard, error: PartnerError) -> None:
    retry = shipping.advice(error) is Advice.RETRY and heard.attempt < len(PAUSES)
    extra = {"alarm": not retry, "number": heard.payment_id, "error": str(error)}
    # Given up, the order completes by time.
    log.log(logging.WARNING if retry else logging.ERROR, "receipt not asked for", extra=extra)
    if retry:
        at = clock.now() + PAUSES[heard.attempt]
        tx.emit(heard.model_copy(update={"attempt": heard.attempt + 1}), at=at)
