"""Telling WeChat that goods leave weeks after they were paid.

Algorithm: docs/algorithms/delivery.md, "Promised for later".
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from chalicelib.core import clock
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import shipping
from chalicelib.gateways.wechat.shipping import Advice, PaymentKey
from chalicelib.trade.fulfillment.reporting.events import TellLateShipping

log = logging.getLogger(__name__)
SOONEST, LATEST = timedelta(days=15), timedelta(days=330)
"""How long after its payment WeChat lets goods be promised for."""
PAUSES = tuple(timedelta(minutes=each) for each in (1, 2, 5, 10, 30, 60, 240, 720, 1440))


def is_late(paid_at: datetime, ship_by: datetime | None) -> bool:
    """Whether WeChat wants to be told that goods leave so long after they were paid."""
    return ship_by is not None and SOONEST <= ship_by - paid_at <= LATEST


def announce(tx: Transaction, key: PaymentKey, paid_at: datetime, ship_by: datetime) -> None:
    """WeChat shall know when what this payment is for leaves, if that is late enough for it to care."""
    if is_late(paid_at, ship_by):
        tx.emit(TellLateShipping(number=key.out_trade_no, transaction_id=key.transaction_id, ship_by=ship_by))


def tell(tx: Transaction, event: TellLateShipping) -> None:
    """Tell it; twice does no harm. WeChat may not know the payment yet: again, for two days, then staff must."""
    key = PaymentKey(transaction_id=event.transaction_id, out_trade_no=event.number)
    try:
        shipping.announce_late(key, event.ship_by)
    except PartnerError as error:
        if shipping.advice(error) is Advice.RETRY and event.attempt < len(PAUSES):
            again = event.model_copy(update={"attempt": event.attempt + 1})
            tx.emit(again, at=clock.now() + PAUSES[event.attempt])
            return
        extra = {"alarm": True, "payment_id": event.number, "problem": error.partner_code, "reason": error.reason}
        log.error("wechat refuses late shipping", extra=extra)
