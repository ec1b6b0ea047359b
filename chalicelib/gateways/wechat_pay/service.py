"""What the mall asks WeChat Pay. Every call may be repeated with the same numbers: nothing is done twice.

All raise :class:`~chalicelib.core.http.PartnerError` beside what is named. With ``may_have_happened`` the
outcome is unknown: query, or repeat under the *same* number.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from chalicelib.core.http import PartnerBroken
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat_pay import client, signing
from chalicelib.gateways.wechat_pay.schemas import PayParameters, Refund, Trade

_CHINA = ZoneInfo("Asia/Shanghai")  # WeChat Pay wants +08:00 whatever the mall's own time zone is
_TRADES = "/v3/pay/transactions"
_REFUNDS = "/v3/refund/domestic/refunds"


def jsapi_prepay(
    *,
    out_trade_no: str,
    description: str,
    total_amount: int,
    openid: str,
    expires_at: datetime,
    notify_url: str,
    attach: str = "",
) -> str:
    """Open a payment for a mini-program buyer and return its ``prepay_id``, good for two hours.

    Asked again with the same parameters it gives another one for the same payment.

    :param out_trade_no: our number, 6-32 of ``0-9A-Za-z_-|*``, unique for ever.
    :param description: what the buyer sees, cut at 127 characters.
    :param total_amount: fen, at least 1.
    :param expires_at: at least one minute ahead; the payment closes itself then.
    :param notify_url: https, without a query.
    :raises OrderPaid: paid already.
    :raises OrderClosed: closed, or past its ``expires_at``.
    :raises OutTradeNoUsed: the number exists with other parameters.
    """
    document = {
        "appid": settings().wechat_app_id,
        "mchid": settings().wechat_pay_merchant_id,
        "description": description[:127],
        "out_trade_no": out_trade_no,
        "time_expire": expires_at.astimezone(_CHINA).isoformat(timespec="seconds"),
        "notify_url": notify_url,
        "amount": {"total": total_amount, "currency": "CNY"},
        "payer": {"openid": openid},
    }
    if attach:
        document["attach"] = attach[:128]
    prepay_id = client.call("POST", f"{_TRADES}/jsapi", document).get("prepay_id")
    if not isinstance(prepay_id, str) or not prepay_id:
        raise PartnerBroken(client.PARTNER, reason="no prepay_id in the answer")
    return prepay_id


def pay_parameters(prepay_id: str) -> PayParameters:
    """The signed parameters with which the mini-program calls ``wx.requestPayment``. No call is made."""
    return PayParameters(**signing.pay_sign(prepay_id))


def query(out_trade_no: str) -> Trade:
    """The payment as WeChat Pay sees it now: the truth, whatever notices came.

    :raises OrderNotExist: never opened.
    """
    target = f"{_TRADES}/out-trade-no/{quote(out_trade_no, safe='')}?{_merchant()}"
    return client.told(Trade, client.call("GET", target))


def query_transaction(transaction_id: str) -> Trade:
    """The payment of that number of WeChat Pay's own, as it sees it now.

    :raises OrderNotExist: none of this merchant.
    :raises PartnerBroken: it speaks of another one.
    """
    target = f"{_TRADES}/id/{quote(transaction_id, safe='')}?{_merchant()}"
    trade = client.told(Trade, client.call("GET", target))
    if trade.transaction_id != transaction_id:
        raise PartnerBroken(client.PARTNER, reason="another transaction_id")
    return trade


def close(out_trade_no: str) -> None:
    """Close an unpaid payment so that it can not be paid any more; closing twice is fine.

    :raises OrderPaid: too late, the money has come.
    :raises OrderNotExist: never opened, so nobody can pay it.
    """
    target = f"{_TRADES}/out-trade-no/{quote(out_trade_no, safe='')}/close"
    client.call("POST", target, {"mchid": settings().wechat_pay_merchant_id})


def refund(
    *,
    out_trade_no: str,
    out_refund_no: str,
    refund_amount: int,
    total_amount: int,
    reason: str = "",
    notify_url: str | None = None,
) -> Refund:
    """Ask for money to go back. The answer says accepted, not refunded: see ``state``.

    :param out_refund_no: our number, up to 64 of ``0-9A-Za-z_-|*@``. On any doubt repeat with the *same*
        one: another number refunds twice.
    :param refund_amount: fen; at most 50 partial refunds a payment, together at most the total, within a year.
    :param total_amount: fen, what the payment was.
    :raises NotEnough: our balance is short; ask again later with the same number.
    :raises OrderNotExist: no such payment.
    :raises UserAccountAbnormal: the buyer's account can not take it.
    """
    document: dict[str, object] = {
        "out_trade_no": out_trade_no,
        "out_refund_no": out_refund_no,
        "amount": {"refund": refund_amount, "total": total_amount, "currency": "CNY"},
    }
    if reason:
        document["reason"] = reason[:80]
    if notify_url:
        document["notify_url"] = notify_url
    return client.told(Refund, client.call("POST", _REFUNDS, document))


def query_refund(out_refund_no: str) -> Refund:
    """The refund as WeChat Pay sees it now.

    :raises OrderNotExist: never asked for.
    """
    return client.told(Refund, client.call("GET", f"{_REFUNDS}/{quote(out_refund_no, safe='')}"))


def _merchant() -> str:
    return urlencode({"mchid": settings().wechat_pay_merchant_id})
