"""WeChat Pay as a tender. What the channel says is compared with our own record before anybody believes it."""

from __future__ import annotations

import logging

from chalicelib.core.http import PartnerBroken
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat_pay import service as wechat_pay
from chalicelib.gateways.wechat_pay.errors import OrderClosed, OrderNotExist, OrderPaid, OutTradeNoUsed, PayRefused
from chalicelib.gateways.wechat_pay.schemas import Refund as ToldRefund
from chalicelib.gateways.wechat_pay.schemas import RefundState, Trade, TradeState
from chalicelib.trade.payments.errors import NoticeMismatch
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus
from chalicelib.trade.payments.tender import AlreadyPaid, Channel, ChannelState, Payable, RefundAnswer, Unusable

log = logging.getLogger(__name__)
NAME = "wechat_pay"
NOTIFY_PATH = "/hooks/wechat-pay"

_STATES = {
    TradeState.NOTPAY: Channel.NOT_PAID,
    TradeState.USERPAYING: Channel.NOT_PAID,
    TradeState.PAYERROR: Channel.NOT_PAID,
    TradeState.SUCCESS: Channel.PAID,
    TradeState.REFUND: Channel.REFUNDED,
    TradeState.CLOSED: Channel.CLOSED,
    TradeState.REVOKED: Channel.CLOSED,
}
_REFUND_STATES = {
    RefundState.PROCESSING: RefundStatus.PROCESSING,
    RefundState.SUCCESS: RefundStatus.SUCCEEDED,
    RefundState.ABNORMAL: RefundStatus.ABNORMAL,
    RefundState.CLOSED: RefundStatus.CLOSED,
}


class WechatPay:
    """Mini-program payments. See :class:`~chalicelib.trade.payments.tender.Tender` for the promises."""

    name = NAME

    def prepare(self, payment: Payable) -> dict[str, str]:
        try:
            prepay_id = wechat_pay.jsapi_prepay(
                out_trade_no=payment.id,
                description=payment.description,
                total_amount=payment.channel_amount,
                openid=payment.openid,
                expires_at=payment.expires_at,
                notify_url=_notify_url(),
            )
        except OrderPaid:
            raise AlreadyPaid from None
        except (OrderClosed, OutTradeNoUsed):
            raise Unusable from None
        return wechat_pay.pay_parameters(prepay_id).model_dump()

    def query(self, payment: Payable) -> ChannelState:
        try:
            trade = wechat_pay.query(payment.id)
        except OrderNotExist:
            return ChannelState(Channel.NONE)
        try:
            return compared(trade, payment)
        except NoticeMismatch as mismatch:
            raise PartnerBroken(NAME, reason=f"another payment's {mismatch.details['field']}") from None

    def close(self, payment: Payable) -> None:
        try:
            wechat_pay.close(payment.id)
        except OrderPaid:
            raise AlreadyPaid from None
        except (OrderClosed, OrderNotExist):
            pass

    def refund(self, refund: Refund) -> RefundAnswer:
        try:
            told = wechat_pay.refund(
                out_trade_no=refund.payment_id,
                out_refund_no=refund.id,
                refund_amount=refund.channel_amount,
                total_amount=refund.payment_amount,
                reason=refund.reason,
                notify_url=_notify_url(),
            )
        except PayRefused as refusal:
            # It may have it from an earlier try, whose notify_url was another.
            try:
                told = wechat_pay.query_refund(refund.id)
            except OrderNotExist:
                raise refusal from None
        return self._answer(told, refund)

    def query_refund(self, refund: Refund) -> RefundAnswer:
        return self._answer(wechat_pay.query_refund(refund.id), refund)

    def _answer(self, told: ToldRefund, refund: Refund) -> RefundAnswer:
        try:
            return compared_refund(told, refund)
        except NoticeMismatch as mismatch:
            raise PartnerBroken(NAME, reason=f"another refund's {mismatch.details['field']}") from None


def compared(trade: Trade, payment: Payable) -> ChannelState:
    """What *trade* says of *payment*, if it is about that very payment.

    The amount is the order's (``total``), not what the buyer paid after WeChat's own coupons.

    :raises NoticeMismatch: it is not; logged as an alarm.
    """
    expected: dict[str, tuple[object, object]] = {
        "out_trade_no": (trade.out_trade_no, payment.id),
        "appid": (trade.app_id, settings().wechat_app_id),
        "mchid": (trade.merchant_id, settings().wechat_pay_merchant_id),
        "amount.total": (trade.total_amount, payment.channel_amount),
        "amount.currency": (trade.currency, "CNY"),
    }
    if trade.paid:
        expected["payer.openid"] = (trade.openid, payment.openid)
    _require_equal(expected, payment.id)
    return ChannelState(_STATES[trade.state], trade.transaction_id, trade.succeeded_at)


def compared_refund(told: ToldRefund, refund: Refund) -> RefundAnswer:
    """What the channel says of *refund*, if it is about that very refund.

    :raises NoticeMismatch: it is not; logged as an alarm.
    """
    expected: dict[str, tuple[object, object]] = {
        "out_refund_no": (told.out_refund_no, refund.id),
        "out_trade_no": (told.out_trade_no, refund.payment_id),
        "amount.total": (told.total_amount, refund.payment_amount),
        "amount.refund": (told.refund_amount, refund.channel_amount),
    }
    if told.merchant_id is not None:  # notices name the merchant, answers do not
        expected["mchid"] = (told.merchant_id, settings().wechat_pay_merchant_id)
    _require_equal(expected, refund.id)
    return RefundAnswer(_REFUND_STATES[told.state], told.refund_id, told.succeeded_at, told.created_at)


def _require_equal(expected: dict[str, tuple[object, object]], number: str) -> None:
    for field, (told, ours) in expected.items():
        if told != ours:
            extra = {"alarm": True, "number": number, "field": field, "told": told, "ours": ours}
            log.error("wechat pay speaks of something else", extra=extra | _masked(field))
            raise NoticeMismatch(field=field)


def _masked(field: str) -> dict[str, object]:
    # An openid names a person: it has no place in a log.
    return {"told": "…", "ours": "…"} if field == "payer.openid" else {}


def _notify_url() -> str:
    return settings().public_base_url.rstrip("/") + NOTIFY_PATH
