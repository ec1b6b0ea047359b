"""What a merchant asks WeChat Pay: order, query, close, refund, bill."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from infra.local.partners.exchange import Reply, Request, json_reply
from infra.local.partners.keys import Credentials
from infra.local.partners.wechat_pay import checks
from infra.local.partners.wechat_pay.bills import Bills
from infra.local.partners.wechat_pay.protocol import Refusal, check_request, param_error
from infra.local.partners.wechat_pay.state import Books, Refund, Trade, refund_document, trade_document

PREPAY_LIFETIME = timedelta(hours=2)
DEFAULT_EXPIRY, LEAST_EXPIRY, MOST_EXPIRY = timedelta(days=7), timedelta(minutes=1), timedelta(days=90)
REFUNDABLE_FOR = timedelta(days=365)
MOST_REFUNDS = 50
TRADE_NUMBER, REFUND_NUMBER = r"[0-9A-Za-z_\-|*]{6,32}", r"[0-9A-Za-z_\-|*@]{1,64}"

_TRADES, _REFUNDS = "/v3/pay/transactions", "/v3/refund/domestic/refunds"
_ORDER_FIELDS = (
    *("appid", "mchid", "description", "out_trade_no", "time_expire", "attach", "notify_url", "amount", "payer"),
    *("goods_tag", "limit_pay", "support_fapiao", "detail", "scene_info", "settle_info"),
)
_REFUND_FIELDS = (
    *("transaction_id", "out_trade_no", "out_refund_no", "reason", "notify_url", "amount"),
    *("funds_account", "goods_detail"),
)
View = Callable[..., Reply]


class MerchantApi:
    """The v3 interfaces. Called under the world's lock."""

    def __init__(self, keys: Credentials, now: Callable[[], datetime], books: Callable[[], Books]) -> None:
        self._keys = keys
        self._now = now
        self._books = books
        self.on_refund: Callable[[Refund], None] = lambda _: None
        bills = Bills(keys, now, books)
        self.known_openid: Callable[[str], bool] = lambda _: True
        self._routes: list[tuple[str, re.Pattern[str], str, View]] = [
            ("POST", re.compile(rf"{_TRADES}/jsapi"), "jsapi", self._jsapi),
            ("GET", re.compile(rf"{_TRADES}/out-trade-no/([^/]+)"), "query", self._query),
            ("GET", re.compile(rf"{_TRADES}/id/([^/]+)"), "query", self._query_by_transaction),
            ("POST", re.compile(rf"{_TRADES}/out-trade-no/([^/]+)/close"), "close", self._close),
            ("POST", re.compile(_REFUNDS), "refund", self._refund),
            ("GET", re.compile(rf"{_REFUNDS}/([^/]+)"), "query_refund", self._query_refund),
            ("GET", re.compile("/v3/bill/tradebill"), "tradebill", bills.apply),
            ("GET", re.compile("/v3/billdownload/file"), "billdownload", bills.download),
        ]

    def endpoint(self, request: Request) -> str:
        return self._match(request)[0]

    def handle(self, request: Request) -> Reply:
        _, view, arguments = self._match(request)
        try:
            check_request(request, self._keys, self._now())
            if view is None:
                raise Refusal(404, "RESOURCE_NOT_EXISTS", "请求的资源不存在")
            return view(request, *arguments)
        except Refusal as refusal:
            return refusal.reply()

    def settle(self, trade: Trade) -> None:
        """Close what nobody paid in time."""
        if trade.state == "NOTPAY" and self._now() >= trade.expires_at:
            trade.state = "CLOSED"

    def _match(self, request: Request) -> tuple[str, View | None, tuple[str, ...]]:
        for method, pattern, name, view in self._routes:
            if method == request.method and (match := pattern.fullmatch(request.path)):
                return name, view, match.groups()
        return "", None, ()

    # ---- payments

    def _jsapi(self, request: Request) -> Reply:
        body = checks.body_of(request, _ORDER_FIELDS)
        self._check_merchant(body)
        wanted = self._read_order(body)
        books, now = self._books(), self._now()
        trade = books.trades.get(wanted.out_trade_no)
        if trade is None:
            if not LEAST_EXPIRY <= wanted.expires_at - now <= MOST_EXPIRY:
                raise param_error("/time_expire", "必须在1分钟之后、90天之内", body.get("time_expire"))
            books.trades[wanted.out_trade_no] = trade = wanted
        else:
            self._check_repeat(trade, wanted)
        prepay_id = f"wx{now:%d%H%M%S}{secrets.token_hex(11)}{books.next():04x}"
        books.prepays[prepay_id] = (trade.out_trade_no, now + PREPAY_LIFETIME)
        trade.prepay_ids.append(prepay_id)
        return json_reply({"prepay_id": prepay_id})

    def _check_repeat(self, trade: Trade, wanted: Trade) -> None:
        self.settle(trade)
        if trade.state in ("SUCCESS", "REFUND"):
            raise Refusal(400, "ORDERPAID", "该订单已支付")
        if trade.state == "CLOSED":
            raise Refusal(400, "ORDER_CLOSED", "该订单已关闭")
        if trade.parameters != wanted.parameters:
            raise Refusal(403, "OUT_TRADE_NO_USED", "商户订单号重复")

    def _read_order(self, body: dict[str, Any]) -> Trade:
        now = self._now()
        amount = checks.nested(body, "amount", ("total", "currency"))
        payer = checks.nested(body, "payer", ("openid",))
        if amount.get("currency", "CNY") != "CNY":
            raise param_error("/amount/currency", "只支持CNY", amount["currency"])
        openid = checks.text(payer, "openid", 128, where="/payer")
        if not self.known_openid(openid):
            raise param_error("/payer/openid", "无效的openid", openid)
        return Trade(
            out_trade_no=checks.text(body, "out_trade_no", 32, pattern=TRADE_NUMBER),
            description=checks.text(body, "description", 127),
            total=checks.whole(amount, "total", where="/amount"),
            openid=openid,
            attach=checks.text(body, "attach", 128, needed=False),
            notify_url=checks.notify_url(body),
            expires_at=checks.moment(body, "time_expire") or now + DEFAULT_EXPIRY,
            parameters=_canonical(body),
            created_at=now,
        )

    def _query(self, request: Request, out_trade_no: str) -> Reply:
        self._check_query_merchant(request)
        return self._told(self._books().trades.get(out_trade_no))

    def _query_by_transaction(self, request: Request, transaction_id: str) -> Reply:
        self._check_query_merchant(request)
        return self._told(self._by_transaction(transaction_id))

    def _told(self, trade: Trade | None) -> Reply:
        if trade is None:
            raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
        self.settle(trade)
        return json_reply(trade_document(trade, self._keys.app_id, self._keys.merchant_id))

    def _close(self, request: Request, out_trade_no: str) -> Reply:
        body = checks.body_of(request, ("mchid",))
        if body.get("mchid") != self._keys.merchant_id:
            raise param_error("/mchid", "与签名的商户号不一致", body.get("mchid"))
        trade = self._books().trades.get(out_trade_no)
        if trade is None:
            raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
        self.settle(trade)
        if trade.state in ("SUCCESS", "REFUND"):
            raise Refusal(400, "ORDERPAID", "该订单已支付")
        trade.state = "CLOSED"
        return Reply(204)

    # ---- refunds

    def _refund(self, request: Request) -> Reply:
        body = checks.body_of(request, _REFUND_FIELDS)
        number = checks.text(body, "out_refund_no", 64, pattern=REFUND_NUMBER)
        checks.text(body, "reason", 80, needed=False)
        checks.notify_url(body, needed=False)
        amount = checks.nested(body, "amount", ("refund", "total", "currency"))
        wanted = checks.whole(amount, "refund", where="/amount")
        total = checks.whole(amount, "total", where="/amount")
        if amount.get("currency") != "CNY":
            raise param_error("/amount/currency", "必须为CNY", amount.get("currency"))
        trade = self._refunded_trade(body)
        earlier = self._books().trade_of_refund(number)
        if earlier is None:
            self._check_refundable(trade, wanted, total)
            return self._accept_refund(trade, body, number, wanted)
        refund = earlier.refunds[number]
        if refund.parameters != _canonical(body):
            raise Refusal(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        return json_reply(refund_document(earlier, refund))

    def _refunded_trade(self, body: dict[str, Any]) -> Trade:
        numbers = [name for name in ("transaction_id", "out_trade_no") if body.get(name)]
        if len(numbers) != 1:
            raise param_error("/out_trade_no", "transaction_id和out_trade_no必须且只能填一个")
        given = checks.text(body, numbers[0], 32)
        trade = self._by_transaction(given) if numbers[0] == "transaction_id" else self._books().trades.get(given)
        if trade is None:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        return trade

    def _check_refundable(self, trade: Trade, wanted: int, total: int) -> None:
        now, balance = self._now(), self._books().balance
        if trade.succeeded_at is None:
            raise Refusal(400, "INVALID_REQUEST", "订单未支付，不能退款")
        if now - trade.succeeded_at > REFUNDABLE_FOR:
            raise Refusal(400, "INVALID_REQUEST", "订单已超过可退款的最大期限")
        if total != trade.total:
            raise Refusal(400, "INVALID_REQUEST", "订单金额与支付金额不一致，请核实后再试")
        if trade.refunded == trade.total:
            raise Refusal(400, "INVALID_REQUEST", "订单已全额退款")
        if trade.refunded + wanted > trade.total:
            raise Refusal(400, "INVALID_REQUEST", "申请退款金额大于可退金额")
        if len(trade.refunds) >= MOST_REFUNDS:
            raise Refusal(400, "INVALID_REQUEST", "部分退款次数超过50次")
        if balance is not None and balance < wanted:
            raise Refusal(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")

    def _accept_refund(self, trade: Trade, body: dict[str, Any], number: str, wanted: int) -> Reply:
        books, now = self._books(), self._now()
        refund = Refund(
            out_refund_no=number,
            refund_id=f"5030{now:%Y%m%d}{books.next():017d}",
            amount=wanted,
            reason=body.get("reason", ""),
            notify_url=body.get("notify_url", ""),
            parameters=_canonical(body),
            created_at=now,
        )
        trade.refunds[number] = refund
        trade.state = "REFUND"
        books.refund_trades[number] = trade.out_trade_no
        if books.balance is not None:
            books.balance -= wanted
        reply = json_reply(refund_document(trade, refund))  # "accepted": what happens next is told by a notice
        self.on_refund(refund)
        return reply

    def _query_refund(self, _: Request, out_refund_no: str) -> Reply:
        trade = self._books().trade_of_refund(out_refund_no)
        if trade is None:
            raise Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return json_reply(refund_document(trade, trade.refunds[out_refund_no]))

    # ---- shared

    def _by_transaction(self, transaction_id: str) -> Trade | None:
        return next((t for t in self._books().trades.values() if t.transaction_id == transaction_id), None)

    def _check_merchant(self, body: dict[str, Any]) -> None:
        app_id, merchant_id = checks.text(body, "appid", 32), checks.text(body, "mchid", 32)
        if merchant_id != self._keys.merchant_id:
            raise param_error("/mchid", "与签名的商户号不一致", merchant_id)
        if app_id != self._keys.app_id:
            raise Refusal(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试")

    def _check_query_merchant(self, request: Request) -> None:
        if request.query.get("mchid") != self._keys.merchant_id:
            raise param_error("/mchid", "与签名的商户号不一致", request.query.get("mchid"))


def _canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True)
