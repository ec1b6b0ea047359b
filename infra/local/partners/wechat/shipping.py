"""Shipping information management: what the mall says has left, what the buyer says has arrived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.local.partners.exchange import Refused, Request
from infra.local.partners.keys import Credentials
from infra.local.partners.wechat.shipping_rules import COMPANIES, EXPRESS, SPLIT, check_key, check_upload
from infra.local.partners.wechat.words import Errcode, View, document
from infra.local.partners.wechat_pay.state import Trade

TO_SHIP, SHIPPED, RECEIVED, FINISHED, REFUNDED, SETTLEMENT_PENDING = 1, 2, 3, 4, 5, 6
PRESALE, TEST_ORDER = 1, 2
SETTLED_AFTER = {EXPRESS: timedelta(days=10)}
SETTLED_AFTER_ELSE = timedelta(days=2)
_ORDERS = "/wxa/sec/order"


@dataclass
class Shipping:
    """What was told of one payment."""

    kind: int
    mode: int
    parcels: list[dict[str, Any]]
    told: dict[str, Any]  # the whole upload but its time: the same again changes nothing
    uploaded_at: datetime
    finished: bool = False
    finished_at: datetime | None = None
    corrected: bool = False  # the one chance is used
    stage: int = 0  # 0: as shipped; else what the buyer, or time, made of it
    received_at: datetime | None = None
    reminded_at: datetime | None = None


@dataclass
class ShippingState:
    told: dict[str, Shipping] = field(default_factory=dict)  # by out_trade_no
    known_after_seconds: int = 0  # the real one takes up to minutes to hear of a payment
    managed: bool = True
    late: dict[str, int] = field(default_factory=dict)  # presales by out_trade_no: shipped until (unix)


class ShippingManagement:
    """The part of the API; called under the world's lock."""

    def __init__(
        self,
        keys: Credentials,
        now: Callable[[], datetime],
        state: Callable[[], ShippingState],
        check_token: Callable[[Request], None],
        tell: Callable[[dict[str, Any], str], object],
    ) -> None:
        self._keys, self._now, self._state, self._check_token, self._tell = keys, now, state, check_token, tell
        self.trades: Callable[[], Mapping[str, Trade]] = dict
        """WeChat Pay's payments, by ``out_trade_no``."""

    @property
    def endpoints(self) -> Mapping[tuple[str, str], tuple[str, View]]:
        views: dict[str, tuple[str, View]] = {
            f"{_ORDERS}/upload_shipping_info": ("upload_shipping_info", self._upload),
            f"{_ORDERS}/get_order": ("get_order", self._get_order),
            f"{_ORDERS}/get_order_list": ("get_order_list", self._get_order_list),
            f"{_ORDERS}/notify_confirm_receive": ("notify_confirm_receive", self._remind),
            f"{_ORDERS}/opspecialorder": ("opspecialorder", self._special),
            f"{_ORDERS}/is_trade_managed": ("is_trade_managed", self._is_managed),
            "/cgi-bin/express/delivery/open_msg/get_delivery_list": ("get_delivery_list", self._companies),
        }
        return {("POST", path): view for path, view in views.items()}

    # ---- what the mall asks

    def _upload(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        body = document(request)
        key = check_key(body.get("order_key"))
        uploaded_at = check_upload(body)
        trade = self._find(key)
        if trade.openid != body["payer"]["openid"]:
            raise Errcode(10060031, "the payment is not of this openid")
        if self._stage(trade) not in (TO_SHIP, SHIPPED):
            raise Errcode(10060004, "the payment is not in a shippable state")
        self._record(trade, body, uploaded_at)
        return {"errcode": 0, "errmsg": "ok"}

    def _record(self, trade: Trade, body: dict[str, Any], uploaded_at: datetime) -> None:
        before = self._state().told.get(trade.out_trade_no)
        told = {name: value for name, value in body.items() if name not in ("upload_time", "order_key")}
        kind, mode = body["logistics_type"], body["delivery_mode"]
        finished = mode != SPLIT or body["is_all_delivered"]
        if before is not None:
            if uploaded_at <= before.uploaded_at:
                raise Errcode(10060014, "param error: upload_time is not newer than before")
            if told == before.told:
                raise Errcode(10060023, "nothing has changed")
        again = before is not None and (before.finished or (before.kind, before.mode) != (kind, mode))
        if before is not None and again:
            if before.finished and not finished:
                raise Errcode(10060002, "the payment is fully shipped")
            if before.corrected:
                raise Errcode(10060003, "the chance to ship again is used")
        shipping = Shipping(
            kind, mode, body["shipping_list"], told, uploaded_at, finished, corrected=again or _corrected(before)
        )
        if finished:
            shipping.finished_at = self._now()
        self._state().told[trade.out_trade_no] = shipping
        if finished:
            self._tell_settlement(trade, shipping)

    def _get_order(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        return {"errcode": 0, "errmsg": "ok", "order": self._order(self._find(_flat_key(document(request))))}

    def _get_order_list(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        body = document(request)
        size = body.get("page_size", 100)
        if type(size) is not int or not 1 <= size <= 100:
            raise Errcode(10060014, "param error: page_size")
        orders = [self._order(trade) for trade in self.trades().values() if self._known(trade)]
        for name in ("openid", "order_state"):
            if body.get(name) is not None:
                orders = [order for order in orders if order[name] == body[name]]
        start = int(body.get("last_index") or 0)
        more = start + size < len(orders)
        rest = {"last_index": str(start + size)} if more else {}
        return {"errcode": 0, "errmsg": "ok", "order_list": orders[start : start + size], "has_more": more, **rest}

    def _remind(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        body = document(request)
        trade = self._find(_flat_key(body))
        shipping = self._state().told.get(trade.out_trade_no)
        if shipping is None or not shipping.finished or self._stage(trade) != SHIPPED:
            raise Errcode(10060028, "the payment is not shipped")
        received = body.get("received_time")
        if type(received) is not int or not shipping.uploaded_at.timestamp() < received <= self._now().timestamp() + 60:
            raise Errcode(10060029, "invalid received_time")
        if shipping.kind != EXPRESS:
            raise Errcode(10060032, "not an express delivery")
        if shipping.reminded_at:
            raise Errcode(10060030, "the user was reminded before")
        shipping.reminded_at = self._now()
        return {"errcode": 0, "errmsg": "ok"}

    def _special(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        body = document(request)
        kind, until = body.get("type"), body.get("delay_to")
        if type(kind) is not int or kind not in (PRESALE, TEST_ORDER):
            raise Errcode(268546000, "invalid type")
        number = body.get("order_id")
        known = [each for each in self.trades().values() if self._known(each)]
        trade = next((each for each in known if number in (each.transaction_id, each.out_trade_no)), None)
        if trade is None or not number:
            raise Errcode(268546002, "the order does not exist")
        if kind == PRESALE:
            assert trade.succeeded_at
            paid, day = trade.succeeded_at.timestamp(), timedelta(days=1).total_seconds()
            if type(until) is not int or not paid + 15 * day - 1 <= until <= paid + 330 * day:
                raise Errcode(268546001, "invalid delay_to")
            self._state().late[trade.out_trade_no] = until
        return {"errcode": 0, "errmsg": "ok"}

    def _is_managed(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        if document(request).get("appid") != self._keys.app_id:
            raise Errcode(40013, "invalid appid")
        return {"errcode": 0, "errmsg": "ok", "is_trade_managed": self._state().managed}

    def _companies(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        document(request)
        listed = [{"delivery_id": code, "delivery_name": name} for code, name in COMPANIES.items()]
        return {"errcode": 0, "delivery_list": listed, "count": len(listed)}

    # ---- what people do

    def confirm_receipt(self, out_trade_no: str) -> None:
        """The buyer presses "confirm receipt" in WeChat. The mall is told when the money is settled."""
        trade, shipping = self._shipped(out_trade_no)
        shipping.stage, shipping.received_at = RECEIVED, self._now()
        self._tell_settlement(trade, shipping)

    def settle(self, out_trade_no: str, *, pending: bool = False) -> None:
        """The money goes to the shop; a receipt that nobody confirmed is confirmed by WeChat itself.

        :param pending: it is only about to: the settlement is pending.
        """
        trade = self.trades().get(out_trade_no)
        shipping = self._state().told.get(out_trade_no)
        if trade is None or shipping is None or self._stage(trade) not in (SHIPPED, RECEIVED, SETTLEMENT_PENDING):
            raise Refused("NOT_SHIPPED", "支付单还没有完成发货，或已结束")
        shipping.received_at = shipping.received_at or self._now()
        shipping.stage = SETTLEMENT_PENDING if pending else FINISHED
        if not pending:
            self._tell_settlement(trade, shipping)

    def urge(self, out_trade_no: str) -> None:
        """WeChat reminds the shop that a payment of two days ago is not shipped."""
        trade = self.trades().get(out_trade_no)
        if trade is None or self._stage(trade) != TO_SHIP:
            raise Refused("NOT_TO_SHIP", "支付单不是待发货状态")
        if self._now().timestamp() < self._state().late.get(out_trade_no, 0):
            raise Refused("PRESALE", "预售商品，未到约定的发货时间")
        self._push(trade, "trade_manage_remind_shipping", msg="您有订单超过48小时未发货，请尽快发货")

    # ---- inside

    def _shipped(self, out_trade_no: str) -> tuple[Trade, Shipping]:
        trade, shipping = self.trades().get(out_trade_no), self._state().told.get(out_trade_no)
        if trade is None or shipping is None or self._stage(trade) != SHIPPED:
            raise Refused("NOT_SHIPPED", "支付单还没有完成发货，或已确认收货")
        return trade, shipping

    def _known(self, trade: Trade) -> bool:
        wait = timedelta(seconds=self._state().known_after_seconds)
        return trade.succeeded_at is not None and self._now() - trade.succeeded_at >= wait

    def _find(self, key: Mapping[str, str]) -> Trade:
        for trade in self.trades().values():
            ours = key.get("mchid", self._keys.merchant_id) == self._keys.merchant_id
            if "transaction_id" in key:
                same = trade.transaction_id == key["transaction_id"]
            else:
                same = ours and trade.out_trade_no == key["out_trade_no"]
            if same and self._known(trade):
                return trade
        raise Errcode(10060001, "the payment does not exist")

    def _stage(self, trade: Trade) -> int:
        shipping = self._state().told.get(trade.out_trade_no)
        if trade.state == "REFUND" and trade.refunded >= trade.total:
            return REFUNDED
        if shipping is None:
            return TO_SHIP
        return shipping.stage or (SHIPPED if shipping.finished else TO_SHIP)

    def _order(self, trade: Trade) -> dict[str, Any]:
        shipping = self._state().told.get(trade.out_trade_no)
        found: dict[str, Any] = {
            **self._names(trade),
            "description": trade.description,
            "paid_amount": trade.total,
            "openid": trade.openid,
            "trade_create_time": int(trade.created_at.timestamp()),
            "order_state": self._stage(trade),
            "in_complaint": False,
        }
        if shipping is None:
            return {**found, "shipping": {}}
        listed = [
            {
                "tracking_no": each.get("tracking_no", ""),
                "express_company": each.get("express_company", ""),
                "goods_desc": each["item_desc"],
                "upload_time": int(shipping.uploaded_at.timestamp()),
                "contact": each.get("contact", {}),
            }
            for each in shipping.parcels
        ]
        found["shipping"] = {
            "delivery_mode": shipping.mode,
            "logistics_type": shipping.kind,
            "finish_shipping": shipping.finished,
            "finish_shipping_count": (2 if shipping.corrected else 1) if shipping.finished else 0,
            "goods_desc": shipping.parcels[0]["item_desc"],
            "shipping_list": listed,
        }
        return found

    def _names(self, trade: Trade) -> dict[str, Any]:
        assert trade.succeeded_at
        return {
            "transaction_id": trade.transaction_id,
            "merchant_id": self._keys.merchant_id,
            "sub_merchant_id": "",
            "merchant_trade_no": trade.out_trade_no,
            "pay_time": int(trade.succeeded_at.timestamp()),
        }

    def _tell_settlement(self, trade: Trade, shipping: Shipping) -> None:
        """Sent at shipping, with an estimate, and when the receipt is confirmed or the money settled."""
        assert shipping.finished_at
        shipped_at = shipping.finished_at
        if not shipping.received_at:
            estimated = shipped_at + SETTLED_AFTER.get(shipping.kind, SETTLED_AFTER_ELSE)
            more = {"estimated_settlement_time": int(estimated.timestamp())}
        else:
            more = {
                # 1: by WeChat, 2: by the buyer. Said to come swapped: nobody should build on it.
                "confirm_receive_method": 2 if shipping.stage == RECEIVED else 1,
                "confirm_receive_time": int(shipping.received_at.timestamp()),
                "settlement_time": int(self._now().timestamp()),
            }
        shipped = {"shipped_time": int(shipped_at.timestamp())}
        self._push(trade, "trade_manage_order_settlement", **shipped, **more)

    def _push(self, trade: Trade, event: str, **more: Any) -> None:
        self._tell({"MsgType": "event", "Event": event, **self._names(trade), **more}, trade.openid)


def _corrected(before: Shipping | None) -> bool:
    return before is not None and before.corrected


def _flat_key(body: dict[str, Any]) -> dict[str, str]:
    if body.get("transaction_id"):
        return {"transaction_id": str(body["transaction_id"])}
    if body.get("merchant_id") and body.get("merchant_trade_no"):
        return {"mchid": str(body["merchant_id"]), "out_trade_no": str(body["merchant_trade_no"])}
    raise Errcode(10060014, "param error: which payment")
