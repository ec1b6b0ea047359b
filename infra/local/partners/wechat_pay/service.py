"""WeChat Pay as people see it: the buyer's payment sheet, the bank, the merchant's balance."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from infra.local.partners.exchange import Refused, Reply, Request
from infra.local.partners.faults import Fault, Faults
from infra.local.partners.keys import Credentials
from infra.local.partners.wechat_pay.api import MerchantApi
from infra.local.partners.wechat_pay.notices import Notices, Post
from infra.local.partners.wechat_pay.protocol import Refusal, request_id, signature_headers, signed_by
from infra.local.partners.wechat_pay.state import (
    Books,
    Refund,
    Trade,
    refund_document,
    refund_notice,
    trade_document,
)


class WeChatPay:
    """One merchant's WeChat Pay. ``refunds_succeed``: refunds go through by themselves, else a person decides."""

    def __init__(
        self,
        keys: Credentials,
        now: Callable[[], datetime],
        faults: Faults,
        lock: threading.RLock,
        *,
        post: Post | None = None,
        repeat_scale: float = 0.0,
        automatic_notices: bool = True,
    ) -> None:
        self._keys = keys
        self._now = now
        self._lock = lock
        self.books = Books()
        self.refunds_succeed = True
        self.notices = Notices(
            keys,
            now,
            lambda: self.books,
            faults,
            lock,
            post=post,
            repeat_scale=repeat_scale,
            automatic=automatic_notices,
        )
        self.api = MerchantApi(keys, now, lambda: self.books)
        self.api.on_refund = self._after_refund

    # ---- the merchant's side

    def endpoint(self, request: Request) -> str:
        return self.api.endpoint(request)

    def handle(self, request: Request) -> Reply:
        reply = self.api.handle(request)
        if 200 <= reply.status < 300 and self.endpoint(request) != "billdownload":  # nobody signs the files
            reply.headers["Request-ID"] = request_id()
            reply.headers |= signature_headers(
                reply.body, self._keys.pay_key, self._keys.pay_public_key_id, self._now()
            )
        return reply

    def spoil(self, fault: Fault, reply: Reply | None) -> Reply:
        """*reply*, gone wrong. None when the call was not carried out."""
        if fault.kind in ("busy", "429"):
            return Refusal(429, "FREQUENCY_LIMITED", "频率超限，请降低请求接口频率").reply()
        if fault.kind.isdigit():
            return Refusal(int(fault.kind), "SYSTEM_ERROR", "系统异常，请稍后重试").reply()
        reply = reply or Reply(500)
        if fault.kind == "unsigned":
            reply.headers = {name: value for name, value in reply.headers.items() if not name.startswith("Wechatpay-")}
        if fault.kind == "cut":
            reply.body = reply.body[: len(reply.body) // 2]
        if fault.kind == "forged":
            reply.headers |= signature_headers(
                reply.body, self._keys.merchant_key, self._keys.pay_public_key_id, self._now()
            )
        return reply

    # ---- the buyer's side

    def pay(
        self,
        prepay_id: str | None = None,
        *,
        parameters: Mapping[str, str] | None = None,
        coupon_amount: int = 0,
        even_closed: bool = False,
    ) -> dict[str, Any]:
        """The buyer pays: by the parameters of ``wx.requestPayment`` (whose signature is checked), or by a bare id.

        :param coupon_amount: fen that WeChat's own coupon pays for the buyer.
        :param even_closed: the money was on its way when the merchant closed the payment, and arrives all the same.
        :returns: the payment as a query would tell it; the notice is in the out-tray.
        :raises Refused: PAY_SIGN_ERROR, PREPAY_NOT_EXIST, PREPAY_EXPIRED, ORDER_CLOSED, ORDERPAID.
        """
        with self._lock:
            trade = self._payable(prepay_id or self._check_pay_sign(parameters or {}), even_closed=even_closed)
            now = self._now()
            trade.state = "SUCCESS"
            trade.succeeded_at = now
            trade.transaction_id = f"4200{now:%Y%m%d}{self.books.next():016d}"
            trade.payer_total = trade.total - coupon_amount
            if self.books.balance is not None:
                self.books.balance += trade.total
            self._tell_paid(trade)
            return self.trade(trade.out_trade_no)

    def take(self, out_trade_no: str, amount: int) -> dict[str, Any]:
        """Somebody pays by the merchant's code on the counter: it is in the books, and nobody is told.

        :raises Refused: OUT_TRADE_NO_USED.
        """
        with self._lock:
            if out_trade_no in self.books.trades:
                raise Refused("OUT_TRADE_NO_USED", "商户订单号重复")
            now = self._now()
            self.books.trades[out_trade_no] = Trade(
                out_trade_no=out_trade_no,
                description="收款码收款",
                total=amount,
                openid="",
                attach="",
                notify_url="",
                expires_at=now,
                parameters="",
                created_at=now,
                state="SUCCESS",
                transaction_id=f"4200{now:%Y%m%d}{self.books.next():016d}",
                payer_total=amount,
                succeeded_at=now,
            )
            return self.trade(out_trade_no)

    def cancel(self, prepay_id: str | None = None, *, parameters: Mapping[str, str] | None = None) -> None:
        """The buyer closes the payment sheet without paying: the payment stays open, and nobody is told."""
        with self._lock:
            self._payable(prepay_id or self._check_pay_sign(parameters or {})).canceled_times += 1

    def tell_paid_again(self, out_trade_no: str) -> str:
        """A new, honest notice about a payment that has succeeded. Returns its id."""
        with self._lock:
            trade = self._trade(out_trade_no)
            if not trade.succeeded_at:
                raise Refused("ORDER_NOT_PAID", "订单未支付")
            if not trade.notify_url:
                raise Refused("NOT_ASKED_FOR", "这笔收款没有商户下单，无人可通知")
            return self._tell_paid(trade)

    def settle_refund(self, out_refund_no: str, status: str = "SUCCESS") -> dict[str, Any]:
        """The bank has decided: SUCCESS, ABNORMAL (the account takes nothing) or CLOSED; a notice tells it."""
        with self._lock:
            trade = self.books.trade_of_refund(out_refund_no)
            if trade is None:
                raise Refused("RESOURCE_NOT_EXISTS", "退款单不存在")
            refund = trade.refunds[out_refund_no]
            if refund.status not in ("PROCESSING", "ABNORMAL") or status not in ("SUCCESS", "ABNORMAL", "CLOSED"):
                raise Refused("REFUND_SETTLED", f"退款已是{refund.status}")
            refund.status = status
            if status == "SUCCESS":
                refund.succeeded_at = self._now()
            elif status == "CLOSED" and self.books.balance is not None:
                self.books.balance += refund.amount
            if refund.notify_url:
                subject = refund_notice(trade, refund, self._keys.merchant_id)
                self.notices.write(f"REFUND.{status}", "refund", subject, number=out_refund_no, url=refund.notify_url)
            return refund_document(trade, refund)

    # ---- looking

    def trade(self, out_trade_no: str) -> dict[str, Any]:
        """The payment as a query would tell it, with its refunds under ``refunds``."""
        with self._lock:
            trade = self._trade(out_trade_no)
            refunds = [refund_document(trade, refund) for refund in trade.refunds.values()]
            return {**trade_document(trade, self._keys.app_id, self._keys.merchant_id), "refunds": refunds}

    def trades(self) -> list[Trade]:
        """All payments, newest first."""
        with self._lock:
            for trade in self.books.trades.values():
                self.api.settle(trade)
            return list(self.books.trades.values())[::-1]

    # ---- inside

    def _after_refund(self, refund: Refund) -> None:
        if self.refunds_succeed:
            self.settle_refund(refund.out_refund_no)

    def _tell_paid(self, trade: Trade) -> str:
        subject = trade_document(trade, self._keys.app_id, self._keys.merchant_id)
        return self.notices.write(
            "TRANSACTION.SUCCESS", "transaction", subject, number=trade.out_trade_no, url=trade.notify_url
        )

    def _trade(self, out_trade_no: str) -> Trade:
        trade = self.books.trades.get(out_trade_no)
        if trade is None:
            raise Refused("ORDER_NOT_EXIST", "订单不存在")
        self.api.settle(trade)
        return trade

    def _payable(self, prepay_id: str, *, even_closed: bool = False) -> Trade:
        if prepay_id not in self.books.prepays:
            raise Refused("PREPAY_NOT_EXIST", "预支付会话不存在")
        number, until = self.books.prepays[prepay_id]
        trade = self._trade(number)
        if trade.state in ("SUCCESS", "REFUND"):
            raise Refused("ORDERPAID", "该订单已支付")
        if trade.state == "CLOSED" and not even_closed:
            raise Refused("ORDER_CLOSED", "该订单已关闭")
        if self._now() >= until:
            raise Refused("PREPAY_EXPIRED", "预支付会话已过期，请重新下单")
        return trade

    def _check_pay_sign(self, parameters: Mapping[str, str]) -> str:
        package = parameters.get("package", "")
        message = "".join(
            f"{part}\n"
            for part in (self._keys.app_id, parameters.get("timeStamp", ""), parameters.get("nonceStr", ""), package)
        )
        good = parameters.get("signType") == "RSA" and signed_by(
            self._keys.merchant_public_key, message.encode(), parameters.get("paySign", "")
        )
        if not good or not package.startswith("prepay_id="):
            raise Refused("PAY_SIGN_ERROR", "支付验证签名失败")
        return package.removeprefix("prepay_id=")
