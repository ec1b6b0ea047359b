"""What WeChat Pay tells us: paid, refunded. It repeats itself until it hears exactly the right word."""

from __future__ import annotations

import json
import logging

from chalicelib.core import clock
from chalicelib.core.api import Api, RawResponse, Request
from chalicelib.core.errors import DomainError
from chalicelib.gateways.wechat_pay.errors import ForgedNotice, StaleNotice, UnreadableNotice
from chalicelib.gateways.wechat_pay.notices import parse_notice
from chalicelib.gateways.wechat_pay.schemas import Notice, Refund, Trade
from chalicelib.trade.payments.confirming import service as confirming
from chalicelib.trade.payments.errors import NoticeMismatch, PaymentNotFound
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.payments.refunds.errors import RefundNotFound
from chalicelib.trade.payments.tender import Channel
from chalicelib.trade.payments.wechat.tender import NAME, NOTIFY_PATH, compared, compared_refund

log = logging.getLogger(__name__)
api = Api("wechat_pay_notices", title="支付 Payments (partners)")

SUCCESS = '{"code":"SUCCESS","message":"成功"}'


@api.post(
    NOTIFY_PATH,
    raises=[ForgedNotice, StaleNotice, UnreadableNotice, NoticeMismatch, PaymentNotFound, RefundNotFound],
)
def hear_wechat_pay(request: Request) -> RawResponse:
    """Take a notice of WeChat Pay.

    Verified over the raw bytes, fresh, decrypted, compared with our own record; then the payment or refund moves.
    Refusals answer `{"code": "FAIL", "message": …}`; what is known and done answers `{"code": "SUCCESS", …}`.
    """
    try:
        notice = parse_notice(request.headers, request.body, clock.now())
        _heed(notice)
    except DomainError as refusal:
        log.warning("notice refused", extra={"reason": refusal.code, **refusal.details})
        body = json.dumps({"code": "FAIL", "message": refusal.text}, ensure_ascii=False)
        return RawResponse(body, status=refusal.status)
    return RawResponse(SUCCESS)


def _heed(notice: Notice) -> None:
    if notice.trade is not None:
        _heed_trade(notice.trade)
    elif notice.refund is not None:
        _heed_refund(notice.refund)
    else:
        log.info("notice of no concern", extra={"event_type": notice.event_type})


def _heed_trade(trade: Trade) -> None:
    if trade.out_trade_no.partition("_")[0] in purchases.purchase_kinds:
        purchases.hear(trade)
        return
    payment = confirming.load(trade.out_trade_no)
    if payment.tender != NAME:
        raise NoticeMismatch(field="tender")
    told = compared(trade, payment)
    # Only "paid" is news in a notice; anything else is asked for, not heard.
    if told.state is Channel.PAID:
        confirming.confirm(payment, told)


def _heed_refund(told: Refund) -> None:
    refund = refunds.load(told.out_refund_no)
    if told.merchant_id is None:
        raise NoticeMismatch(field="mchid")
    refunds.hear(refund, compared_refund(told, refund))
