"""Callbacks: really signed, really posted, repeated three times until the mall says the right word."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import urllib3

from infra.local.partners.faults import Faults
from infra.local.partners.kuaidi100.protocol import signature
from infra.local.partners.kuaidi100.state import Attempt, Books, Callback, Subscription

REPEAT_AFTER, REPEATS = timedelta(minutes=30), 3
ANSWER_WITHIN_SECONDS = 5.0

#: Posts ``(url, headers, body)`` and returns the status, 0 for no answer, and the answer's body.
Post = Callable[[str, dict[str, str], bytes], tuple[int, bytes]]


class Callbacks:
    """The post office. ``repeat_scale`` shortens the pauses between tries; 0 means no second try."""

    def __init__(
        self,
        now: Callable[[], datetime],
        books: Callable[[], Books],
        faults: Faults,
        lock: threading.RLock,
        *,
        repeat_scale: float = 0.0,
        automatic: bool = True,
    ) -> None:
        self._now, self._books, self._faults, self._lock = now, books, faults, lock
        self.post: Post = post_over_http
        self.repeat_scale = repeat_scale
        self.automatic = automatic
        self._wake = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def write(self, subscription: Subscription, document: dict[str, Any]) -> str:
        """Put a callback in the out-tray, with the trouble that was ordered for it. Returns its id."""
        fault = self._faults.take_callback()
        with self._lock:
            books = self._books()
            books.counter += 1
            callback = Callback(
                id=f"CB{books.counter:06d}",
                number=subscription.number,
                url=subscription.url,
                param=json.dumps(document, ensure_ascii=False),
                salt=subscription.salt,
                due_at=self._now(),
            )
            if fault:
                callback.fault = fault.kind
                callback.state = "lost" if fault.kind == "lost" else callback.state
                callback.due_at += timedelta(seconds=fault.seconds if fault.kind == "delayed" else 0)
            books.callbacks[callback.id] = callback
        self._wake.set()
        return callback.id

    def deliver_due(self) -> int:
        """Send what is due by the world's clock; returns how many were tried. Holds no lock while sending."""
        tried = 0
        while (callback := self._take_due()) is not None:
            tried += 1
            self._try(callback)
            if callback.fault == "doubled" and len(callback.attempts) == 1:
                self._try(callback)
        return tried

    def replay(self, callback_id: str) -> int:
        """Post an old callback once more, as it was. Returns the status."""
        callback = self._books().callbacks[callback_id]
        status, _ = self._send(callback)
        return status

    def settle(self, timeout: float = 5.0) -> None:
        """Wait until nothing that is due is unsent; for tests with automatic delivery."""
        deadline = time.monotonic() + timeout
        while any(each.state == "sending" or self._is_due(each) for each in self._all()):
            if time.monotonic() > deadline:
                raise TimeoutError("callbacks are still on their way")
            time.sleep(0.005)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="kuaidi100-callbacks", daemon=True)
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
            waiting = any(each.state == "waiting" for each in self._all())
            self._wake.wait(0.05 if waiting else None)
            self._wake.clear()

    def _all(self) -> list[Callback]:
        with self._lock:
            return list(self._books().callbacks.values())

    def _is_due(self, callback: Callback) -> bool:
        return callback.state == "waiting" and callback.due_at <= self._now()

    def _take_due(self) -> Callback | None:
        with self._lock:
            due = min((each for each in self._all() if self._is_due(each)), key=lambda e: e.due_at, default=None)
            if due is not None:
                due.state = "sending"
            return due

    def _try(self, callback: Callback) -> None:
        status, body = self._send(callback)
        with self._lock:
            taken = status == 200 and _is_yes(body)
            callback.attempts.append(Attempt(self._now(), status, taken))
            if taken:
                callback.state = "delivered"
            elif not self.repeat_scale or callback.repeats >= REPEATS:
                callback.state = "gave_up"
            else:
                callback.state = "waiting"
                callback.due_at = self._now() + REPEAT_AFTER * self.repeat_scale
                callback.repeats += 1

    def _send(self, callback: Callback) -> tuple[int, bytes]:
        salt = "somebody else's" if callback.fault == "forged" else callback.salt
        form = {"sign": signature(callback.param, salt), "param": callback.param}
        if callback.fault == "unsigned":
            del form["sign"]
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "User-Agent": "kuaidi100"}
        return self.post(callback.url, headers, urlencode(form).encode())


def _is_yes(body: bytes) -> bool:
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("result") is True and str(answer.get("returnCode")) == "200"


_pool = urllib3.PoolManager(retries=False, maxsize=4)


def post_over_http(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """The mall's answer; status 0 when there is none within five seconds."""
    try:
        answer = _pool.request("POST", url, body=body, headers=headers, timeout=ANSWER_WITHIN_SECONDS, redirect=False)
    except urllib3.exceptions.HTTPError:
        return 0, b""
    return int(answer.status), answer.data
