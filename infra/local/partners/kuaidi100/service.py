"""Kuaidi100 as the mall asks it, and as couriers and people move parcels behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from infra.local.partners.exchange import Refused, Reply, Request, json_reply
from infra.local.partners.faults import Fault, Faults
from infra.local.partners.keys import Credentials
from infra.local.partners.kuaidi100 import protocol
from infra.local.partners.kuaidi100.callbacks import Callbacks
from infra.local.partners.kuaidi100.protocol import COMPANIES, Refusal, signature
from infra.local.partners.kuaidi100.state import (
    ENDS,
    STATES,
    Books,
    Consignment,
    Line,
    Subscription,
    result_document,
)

MOST_SUBSCRIPTIONS = 4  # of a number in a month
ASK_AGAIN_AFTER = timedelta(minutes=30)
_ENDPOINTS = {"/poll": "track_subscribe", "/poll/query.do": "track_query"}


class Kuaidi100:
    """One account. ``https_allowed``: the owner has asked for callbacks over https."""

    def __init__(
        self,
        keys: Credentials,
        now: Callable[[], datetime],
        faults: Faults,
        lock: threading.RLock,
        *,
        repeat_scale: float = 0.0,
        automatic: bool = True,
    ) -> None:
        self._keys, self._now, self._lock = keys, now, lock
        self.books = Books()
        self.https_allowed = True
        self.refused_companies: set[str] = set()  # known, but not to this account's subscriptions
        self.callbacks = Callbacks(
            now, lambda: self.books, faults, lock, repeat_scale=repeat_scale, automatic=automatic
        )

    def reset(self) -> None:
        self.books, self.https_allowed, self.refused_companies = Books(), True, set()

    # ---- what the mall asks

    def endpoint(self, request: Request) -> str:
        return _ENDPOINTS.get(request.path, "") if request.method == "POST" else ""

    def handle(self, request: Request) -> Reply:
        view = {"track_subscribe": self._subscribe, "track_query": self._query}.get(self.endpoint(request))
        if view is None:
            return Reply(404)
        try:
            return view(request)
        except Refusal as refusal:
            return refusal.reply()

    def spoil(self, fault: Fault, reply: Reply | None) -> Reply:
        """*reply*, gone wrong. None when the call was not carried out."""
        if fault.kind == "busy":
            return Refusal("502", "服务器繁忙，请稍后再试").reply()
        return Reply(int(fault.kind)) if fault.kind.isdigit() else reply or Reply(500)

    def _subscribe(self, request: Request) -> Reply:
        form = protocol.form_of(request, ("schema", "param"))
        if form["schema"] != "json":
            raise Refusal("700", "POLL:schema不正确")
        param = protocol.param_of(form["param"], ("company", "number", "key", "parameters"), ("from", "to"))
        if param["key"] != self._keys.kuaidi100_key:
            raise Refusal("600", "您不是合法的订阅者")
        company, number = protocol.check_number(param["company"], param["number"], unknown="700")
        if company in self.refused_companies:
            raise Refusal("701", "POLL:拒绝订阅的快递公司")
        wanted = self._read_parameters(company, number, param["parameters"])
        before = self.books.subscriptions.get(number)
        if before and before.status == "polling":
            raise Refusal("501", "POLL:重复订阅")
        wanted.made_at = before.made_at if before else []
        if sum(self._now() - at < timedelta(days=30) for at in wanted.made_at) >= MOST_SUBSCRIPTIONS:
            raise Refusal("700", "POLL:该单号订阅次数超过4次")
        wanted.made_at.append(self._now())
        self.books.subscriptions[number] = wanted
        if self._consignment(number, company).lines:
            self._tell(number)
        return json_reply({"result": True, "returnCode": "200", "message": "提交成功"})

    def _read_parameters(self, company: str, number: str, given: object) -> Subscription:
        known = {"callbackurl", "salt", "resultv2", "autoCom", "phone"}
        if not isinstance(given, dict) or not set(given) <= known or "callbackurl" not in given:
            raise Refusal("700", "POLL:parameters不正确")
        if not all(isinstance(value, str) for value in given.values()) or len(given.get("salt", "")) > 64:
            raise Refusal("700", "POLL:parameters不正确")
        protocol.check_phone(company, given.get("phone"))
        url = protocol.check_callback_url(given["callbackurl"], https_allowed=self.https_allowed)
        return Subscription(company, number, url, given.get("salt", ""))

    def _query(self, request: Request) -> Reply:
        form = protocol.form_of(request, ("customer", "sign", "param"))
        expected = signature(form["param"], self._keys.kuaidi100_key, self._keys.kuaidi100_customer)
        if form["customer"] != self._keys.kuaidi100_customer or form["sign"] != expected:
            raise Refusal("503", "验证签名失败")
        allowed = ("phone", "from", "to", "resultv2", "show", "order")
        param = protocol.param_of(form["param"], ("com", "num"), allowed)
        company, number = protocol.check_number(param["com"], param["num"], unknown="400")
        protocol.check_phone(company, param.get("phone"))
        last, self.books.asked[number] = self.books.asked.get(number), self._now()
        if last is not None and self._now() - last < ASK_AGAIN_AFTER:
            self.books.too_often.append(number)
            raise Refusal("502", "查询过于频繁")
        found = self.books.consignments.get(number)
        if found is None or not found.lines or found.company != company:
            raise Refusal("500", "查询无结果，请隔段时间再查")
        if found.phone and not str(param.get("phone", "")).endswith(found.phone):
            raise Refusal("408", "验证码错误：手机号不正确")
        return json_reply(result_document(found, company))

    # ---- what couriers and people do

    def move(
        self,
        number: str,
        state: str,
        text: str = "",
        *,
        company: str = "",
        at: datetime | None = None,
        area: str = "",
        silently: bool = False,
    ) -> list[str]:
        """The courier scans the parcel. *silently*: Kuaidi100 does not notice by itself; only who asks is told.

        :param state: a name of :data:`~infra.local.partners.kuaidi100.state.STATES`.
        :returns: ids of the callbacks.
        :raises Refused: UNKNOWN_STATE; UNKNOWN_NUMBER for a number that nobody has asked for, without *company*.
        """
        with self._lock:
            if state not in STATES:
                raise Refused("UNKNOWN_STATE", f"{state}: {', '.join(STATES)}")
            consignment = self._consignment(number, company)
            line = Line(at or self._now(), text or STATES[state][1], state, area)
            consignment.lines.append(line)
            consignment.lines.sort(key=lambda each: each.at)
            return [] if silently else self._tell(number)

    def abort(self, number: str, message: str = "3天查询无记录") -> list[str]:
        """Kuaidi100 gives the number up."""
        with self._lock:
            subscription = self._subscription(number)
            subscription.status = "abort"
            return [self.callbacks.write(subscription, self._document(subscription, message))]

    def correct(self, number: str, company: str) -> list[str]:
        """The number is another courier's: Kuaidi100 finds out, and says so."""
        with self._lock:
            subscription = self._subscription(number)
            if company not in COMPANIES:
                raise Refused("UNKNOWN_COMPANY", company)
            self._consignment(number, company).company = company
            old, subscription.company = subscription.company, company
            document = self._document(subscription, "") | {"autoCheck": "1", "comOld": old, "comNew": company}
            return [self.callbacks.write(subscription, document)]

    def tell_again(self, number: str) -> list[str]:
        """A new callback about what is known already."""
        with self._lock:
            subscription = self._subscription(number)
            return [self.callbacks.write(subscription, self._document(subscription, ""))]

    # ---- inside

    def _consignment(self, number: str, company: str) -> Consignment:
        found = self.books.consignments.get(number)
        if found is None:
            subscription = self.books.subscriptions.get(number)
            company = company or (subscription.company if subscription else "")
            if company not in COMPANIES:
                raise Refused("UNKNOWN_NUMBER", f"没有人查过或订阅过单号{number}，请指明快递公司")
            found = self.books.consignments[number] = Consignment(company, number)
        return found

    def _subscription(self, number: str) -> Subscription:
        if number not in self.books.subscriptions:
            raise Refused("NOT_SUBSCRIBED", f"没有人订阅单号{number}")
        return self.books.subscriptions[number]

    def _tell(self, number: str) -> list[str]:
        subscription = self.books.subscriptions.get(number)
        if subscription is None or subscription.status != "polling":
            return []
        if self.books.consignments[number].state in ENDS:
            subscription.status = "shutdown"
        return [self.callbacks.write(subscription, self._document(subscription, ""))]

    def _document(self, subscription: Subscription, message: str) -> dict[str, object]:
        consignment = self._consignment(subscription.number, subscription.company)
        return {
            "status": subscription.status,
            "billstatus": "check" if consignment.state in ENDS else "got",
            "message": message,
            "autoCheck": "0",
            "comOld": "",
            "comNew": "",
            "lastResult": result_document(consignment, subscription.company),
        }
