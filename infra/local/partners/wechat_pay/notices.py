"""Notices: really signed, really encrypted, really posted, and repeated until the mall says 200 or 204."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import urllib3

from infra.local.partners.exchange import Refused
from infra.local.partners.faults import Fault, Faults
from infra.local.partners.keys import Credentials
from infra.local.partners.wechat_pay.protocol import PROBE, china_time, seal, signature_headers
from infra.local.partners.wechat_pay.state import Attempt, Books, Notice

#: Seconds between the tries of one notice.
REPEATS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
ANSWER_WITHIN_SECONDS = 5.0
_STALE = timedelta(minutes=10)

#: Posts ``(url, headers, body)`` and returns the status, 0 for no answer.
Post = Callable[[str, dict[str, str], bytes], int]


class Notices:
    """The post office.

    ``repeat_scale`` shortens the pauses between tries, 0 means no second try; ``probe_every`` n notices a
    signature probe goes before the notice, 0 means never.
    """

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
        self._keys = keys
        self._now = now
        self._books = books
        self._faults = faults
        self._lock = lock
        self.post: Post = post or post_over_http
        self.repeat_scale = repeat_scale
        self.automatic = automatic
        self.probe_every = 0
        self.probes: list[tuple[str, int]] = []
        self._sent = 0
        self._wake = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    # ---- writing

    def write(self, event_type: str, original_type: str, subject: dict[str, Any], *, number: str, url: str) -> str:
        """Put a notice in the out-tray, with the trouble that was ordered for it. Returns its id."""
        fault = self._faults.take_notice()
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
            notice = Notice(notice_id, event_type, number, url, json.dumps(body, ensure_ascii=False), due_at=now)
            if fault:
                notice.fault = fault.kind
                notice.state = "lost" if fault.kind == "lost" else notice.state
                notice.due_at += timedelta(seconds=fault.seconds if fault.kind == "delayed" else 0)
            self._books().notices[notice.id] = notice
            if notice.state == "waiting":
                self._books().unsent.append(notice.id)
        self._wake.set()
        return notice.id

    # ---- sending

    def deliver_due(self) -> int:
        """Send what is due by the world's clock; returns how many were tried. Holds no lock while sending."""
        tried = 0
        while (notice := self._take_due()) is not None:
            tried += 1
            self._sent += 1
            if self.probe_every and self._sent % self.probe_every == 0:
                self.probe(notice.url)
            self._try(notice)
            if notice.fault == "doubled" and len(notice.attempts) == 1:
                self._try(notice)
        return tried

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

    def settle(self, timeout: float = 5.0) -> None:
        """Wait until nothing that is due is unsent; for tests with automatic delivery."""
        deadline = time.monotonic() + timeout
        while self._unsent():
            if time.monotonic() > deadline:
                raise TimeoutError("notices are still on their way")
            time.sleep(0.005)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="wechat-pay-notices", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()
        if self._thread:
            self._thread.join(timeout=ANSWER_WITHIN_SECONDS + 1)

    def _run(self) -> None:
        while not self._stopped:
            if self.automatic:
                self.deliver_due()
            # The clock may be a test's: what is due later is looked at again and again.
            self._wake.wait(0.05 if self._waiting() else None)
            self._wake.clear()

    def _waiting(self) -> bool:
        with self._lock:
            return bool(self._books().unsent)

    def _unsent(self) -> bool:
        with self._lock:
            now = self._now()
            return any(notice.state == "sending" or notice.due_at <= now for notice in self._open())

    def _open(self) -> list[Notice]:
        books = self._books()
        return [books.notices[notice_id] for notice_id in books.unsent]

    def _take_due(self) -> Notice | None:
        with self._lock:
            now = self._now()
            for notice in self._open():
                if notice.state == "waiting" and notice.due_at <= now:
                    notice.state = "sending"
                    return notice
        return None

    def _try(self, notice: Notice) -> None:
        at, body = self._now(), notice.body.encode()
        headers = self._headers(body, at - _STALE if notice.fault == "stale" else at)
        if notice.fault == "forged":
            headers |= signature_headers(body, self._keys.merchant_key, self._keys.pay_public_key_id, at)
        if notice.fault == "unsigned":
            headers = {name: value for name, value in headers.items() if not name.startswith("Wechatpay-")}
        status = self.post(notice.url, headers, body)
        with self._lock:
            notice.last_headers = headers
            notice.attempts.append(Attempt(at, status))
            self._plan_next(notice, status)

    def _plan_next(self, notice: Notice, status: int) -> None:
        if status in (200, 204):
            notice.state = "delivered"
        elif not self.repeat_scale or notice.repeats >= len(REPEATS):
            notice.state = "gave_up"
        else:
            notice.state = "waiting"
            notice.due_at = self._now() + timedelta(seconds=REPEATS[notice.repeats] * self.repeat_scale)
            notice.repeats += 1
        if notice.state != "waiting" and notice.id in self._books().unsent:
            self._books().unsent.remove(notice.id)

    def _headers(self, body: bytes, at: datetime) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Accept": "*/*",
            "User-Agent": "Mozilla/4.0",
            **signature_headers(body, self._keys.pay_key, self._keys.pay_public_key_id, at),
        }


_pool = urllib3.PoolManager(retries=False, maxsize=4)


def post_over_http(url: str, headers: dict[str, str], body: bytes) -> int:
    """The mall's status, 0 when it did not answer within five seconds."""
    try:
        answer = _pool.request("POST", url, body=body, headers=headers, timeout=ANSWER_WITHIN_SECONDS, redirect=False)
    except urllib3.exceptions.HTTPError:
        return 0
    return int(answer.status)


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
