"""Notices: really signed, really encrypted, really posted, and repeated until the mall says 200 or 204."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from infra.local.partners.exchange import Refused
from infra.local.partners.faults import Fault, Faults
from infra.local.partners.keys import Credentials
from infra.local.partners.post import Attempt, PostOffice, post_over_http
from infra.local.partners.wechat_pay.protocol import PROBE, china_time, seal, signature_headers
from infra.local.partners.wechat_pay.state import Books, Notice

#: Seconds between the tries of one notice.
REPEATS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
_STALE = timedelta(minutes=10)

#: Posts ``(url, headers, body)`` and returns the status, 0 for no answer.
Post = Callable[[str, dict[str, str], bytes], int]


class Notices(PostOffice[Notice]):
    """The post office of WeChat Pay. ``probe_every`` n notices a signature probe goes ahead, 0 means never."""

    name = "wechat-pay-notices"
    pauses = tuple(timedelta(seconds=seconds) for seconds in REPEATS)

    def __init__(
        self,
        keys: Credentials,
        now: Callable[[], datetime],
        books: Callable[[], Books],
        faults: Faults,
        lock: threading.RLock,
        *,
        post: Post | None = None,
        repeat_scale: float = 0.0,
        automatic: bool = True,
    ) -> None:
        super().__init__(
            now,
            lock,
            lambda: books().notices,
            lambda: books().unsent,
            repeat_scale=repeat_scale,
            automatic=automatic,
        )
        self._keys = keys
        self._books = books
        self._faults = faults
        self.post: Post = post or _over_http
        self.probe_every = 0
        self.probes: list[tuple[str, int]] = []
        self._sent = 0

    # ---- writing

    def write(self, event_type: str, original_type: str, subject: dict[str, Any], *, number: str, url: str) -> str:
        """Put a notice in the out-tray, with the trouble that was ordered for it. Returns its id."""
        fault = self._faults.take("notice")
        with self._lock:
            now = self._now()
            notice_id = f"EV-{now:%Y%m%d%H%M%S}{secrets.token_hex(8)}"
            body = {
                "id": notice_id,
                "create_time": china_time(now),
                "resource_type": "encrypt-resource",
                "event_type": event_type,
                "summary": "支付成功" if original_type == "transaction" else "退款通知",
                "resource": seal(_bent(subject, fault), self._keys.api_v3_key, original_type),
            }
            text = json.dumps(body, ensure_ascii=False)
            return self.put(
                Notice(id=notice_id, event_type=event_type, number=number, url=url, body=text, due_at=now), fault
            )

    # ---- sending

    def replay(self, notice_id: str) -> int:
        """Post the very bytes and headers of the last try, as a thief of the traffic would. Returns the status."""
        notice = self._books().notices.get(notice_id)
        if notice is None or not notice.last_headers:
            raise Refused("NOTICE_NOT_SENT", "没有可重放的通知")
        status = self.post(notice.url, notice.last_headers, notice.body.encode())
        notice.attempts.append(Attempt(self._now(), status, "replay"))
        return status

    def probe(self, url: str) -> int:
        """A signature probe: the mall has to refuse it with 4xx or 5xx. Returns the status."""
        subject = seal({"probe": True}, self._keys.api_v3_key, "transaction")
        body = json.dumps(
            {"id": f"EV-{secrets.token_hex(12)}", "event_type": "TRANSACTION.SUCCESS", "resource": subject}
        )
        headers = self._headers(body.encode(), self._now())
        headers["Wechatpay-Signature"] = PROBE + headers["Wechatpay-Signature"][len(PROBE) :]
        status = self.post(url, headers, body.encode())
        self.probes.append((url, status))
        return status

    def before(self, letter: Notice) -> None:
        self._sent += 1
        if self.probe_every and self._sent % self.probe_every == 0:
            self.probe(letter.url)

    def send(self, letter: Notice) -> tuple[int, bool]:
        at, body = self._now(), letter.body.encode()
        headers = self._headers(body, at - _STALE if letter.fault == "stale" else at)
        if letter.fault == "forged":
            headers |= signature_headers(body, self._keys.merchant_key, self._keys.pay_public_key_id, at)
        if letter.fault == "unsigned":
            headers = {name: value for name, value in headers.items() if not name.startswith("Wechatpay-")}
        status = self.post(letter.url, headers, body)
        letter.last_headers = headers
        return status, status in (200, 204)

    def _headers(self, body: bytes, at: datetime) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Accept": "*/*",
            "User-Agent": "Mozilla/4.0",
            **signature_headers(body, self._keys.pay_key, self._keys.pay_public_key_id, at),
        }


def _over_http(url: str, headers: dict[str, str], body: bytes) -> int:
    return post_over_http(url, headers, body)[0]


def _bent(subject: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
    kind = fault.kind if fault else ""
    amount = dict(subject["amount"])
    if kind == "wrong_amount":
        name = "refund" if "refund" in amount else "total"
        amount[name] = max(1, amount[name] - 1)
    if kind == "wrong_currency":
        amount["currency"] = "USD"
    bent = {**subject, "amount": amount}
    if kind == "wrong_merchant":
        bent["mchid"] = "1900000000"
    if kind == "wrong_app":
        bent["appid"] = "wx0000000000000000"
    if kind == "wrong_number":
        bent["out_trade_no"] = "NOBODYS" + subject["out_trade_no"][7:]
    return bent
