"""WeChat Pay's own books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local.partners.post import Letter
from infra.local.partners.wechat_pay.protocol import china_time

_TEXTS = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "CLOSED": "订单已关闭", "REFUND": "转入退款"}


@dataclass
class Refund:
    out_refund_no: str
    refund_id: str
    amount: int
    reason: str
    notify_url: str
    parameters: str
    created_at: datetime
    status: str = "PROCESSING"
    succeeded_at: datetime | None = None


@dataclass
class Trade:
    out_trade_no: str
    description: str
    total: int
    openid: str
    attach: str
    notify_url: str
    expires_at: datetime
    parameters: str  # the whole first request: the same number with others is refused
    created_at: datetime
    state: str = "NOTPAY"
    prepay_ids: list[str] = field(default_factory=list)
    transaction_id: str = ""
    payer_total: int = 0
    succeeded_at: datetime | None = None
    canceled_times: int = 0  # the buyer pressed "cancel" in the payment sheet
    refunds: dict[str, Refund] = field(default_factory=dict)

    @property
    def refunded(self) -> int:
        """Fen given back or on their way."""
        return sum(refund.amount for refund in self.refunds.values() if refund.status != "CLOSED")


@dataclass(kw_only=True)
class Notice(Letter):
    event_type: str
    number: str
    body: str
    last_headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Books:
    trades: dict[str, Trade] = field(default_factory=dict)
    prepays: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # prepay_id: number, until when
    refund_trades: dict[str, str] = field(default_factory=dict)  # out_refund_no: out_trade_no
    notices: dict[str, Notice] = field(default_factory=dict)
    unsent: list[str] = field(default_factory=list)  # ids of notices that wait or are being sent
    balance: int | None = None  # fen the merchant can refund from; None: no limit
    counter: int = 0
    bills: dict[str, str] = field(default_factory=dict)  # day and kind: the file, as it was made
    bill_links: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)  # token: file, packing, until when

    def next(self) -> int:
        self.counter += 1
        return self.counter

    def trade_of_refund(self, out_refund_no: str) -> Trade | None:
        number = self.refund_trades.get(out_refund_no)
        return self.trades[number] if number else None


def trade_document(trade: Trade, app_id: str, merchant_id: str) -> dict[str, Any]:
    """The object of a query and of a payment notice."""
    amount: dict[str, Any] = {"total": trade.total, "currency": "CNY", "payer_currency": "CNY"}
    document: dict[str, Any] = {
        "appid": app_id,
        "mchid": merchant_id,
        "out_trade_no": trade.out_trade_no,
        "trade_type": "JSAPI",
        "trade_state": trade.state,
        "trade_state_desc": _TEXTS[trade.state],
        "attach": trade.attach,
        "payer": {"openid": trade.openid},
        "amount": amount,
        "promotion_detail": [],
    }
    if trade.succeeded_at:
        amount["payer_total"] = trade.payer_total
        document["transaction_id"] = trade.transaction_id
        document["bank_type"] = "OTHERS"
        document["success_time"] = china_time(trade.succeeded_at)
    return document


def refund_document(trade: Trade, refund: Refund) -> dict[str, Any]:
    """The object of a refund's answer and query."""
    payer_refund = min(refund.amount, trade.payer_total)
    document: dict[str, Any] = {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": trade.transaction_id,
        "out_trade_no": trade.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": china_time(refund.created_at),
        "status": refund.status,
        "funds_account": "AVAILABLE",
        "amount": {
            "total": trade.total,
            "refund": refund.amount,
            "payer_total": trade.payer_total,
            "payer_refund": payer_refund,
            "settlement_refund": payer_refund,
            "settlement_total": trade.payer_total,
            "discount_refund": refund.amount - payer_refund,
            "currency": "CNY",
        },
    }
    if refund.succeeded_at:
        document["success_time"] = china_time(refund.succeeded_at)
    return document


def refund_notice(trade: Trade, refund: Refund, merchant_id: str) -> dict[str, Any]:
    """The object of a refund notice: fewer fields than the query, and ``refund_status``."""
    full = refund_document(trade, refund)
    kept = ("out_trade_no", "transaction_id", "out_refund_no", "refund_id", "user_received_account", "success_time")
    amount = {name: full["amount"][name] for name in ("total", "refund", "payer_total", "payer_refund")}
    document = {name: full[name] for name in kept if name in full}
    return {"mchid": merchant_id, "refund_status": refund.status, "amount": amount, **document}
