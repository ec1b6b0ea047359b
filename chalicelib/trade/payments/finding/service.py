"""How an order is found by what stands on a bill: finders of the order desk (orders/desk/searching/leads)."""

from __future__ import annotations

import re

from chalicelib.gateways.wechat_pay import service as wechat_pay
from chalicelib.gateways.wechat_pay.errors import OrderNotExist
from chalicelib.trade.payments.models import Payment
from chalicelib.trade.payments.refunds.models import Refund


class ByPayment:
    """By our own number of a payment (``out_trade_no``)."""

    def fits(self, text: str) -> bool:
        return re.fullmatch(r"\d{22}", text) is not None

    def find(self, text: str) -> list[tuple[str, str]]:
        payment = Payment.find(text)
        return [(payment.member_id, payment.order_id)] if payment is not None else []


class ByRefund:
    """By our own number of a refund (``out_refund_no``)."""

    def fits(self, text: str) -> bool:
        return re.fullmatch(r"R\d{22}-[0-9A-Za-z_\-]{1,40}", text) is not None

    def find(self, text: str) -> list[tuple[str, str]]:
        refund = Refund.find(text)
        return [(refund.member_id, refund.order_id)] if refund is not None else []


class ByTransaction:
    """By WeChat Pay's number of a payment.

    WeChat Pay is asked whose it is: no index has to be written for every payment, and an order is found also when the
    notice of its payment never came.
    """

    def fits(self, text: str) -> bool:
        return re.fullmatch(r"\d{28}", text) is not None

    def find(self, text: str) -> list[tuple[str, str]]:
        """:raises PartnerError: WeChat Pay does not answer."""
        if not self.fits(text):
            return []
        try:
            trade = wechat_pay.query_transaction(text)
        except OrderNotExist:
            return []
        return ByPayment().find(trade.out_trade_no)
