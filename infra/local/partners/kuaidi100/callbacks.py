"""Callbacks: really signed, really posted, repeated three times until the mall says the right word."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from infra.local.partners.faults import Faults
from infra.local.partners.kuaidi100.protocol import signature
from infra.local.partners.kuaidi100.state import Books, Callback, Subscription
from infra.local.partners.post import Post, PostOffice, post_over_http

REPEAT_AFTER, REPEATS = timedelta(minutes=30), 3


class Callbacks(PostOffice[Callback]):
    """The post office of Kuaidi100."""

    name = "kuaidi100-callbacks"
    pauses = (REPEAT_AFTER,) * REPEATS

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
        super().__init__(
            now,
            lock,
            lambda: books().callbacks,
            lambda: books().unsent,
            repeat_scale=repeat_scale,
            automatic=automatic,
        )
        self._books, self._faults = books, faults
        self.post: Post = post_over_http

    def write(self, subscription: Subscription, document: dict[str, Any]) -> str:
        """Put a callback in the out-tray, with the trouble that was ordered for it. Returns its id."""
        fault = self._faults.take("callback")
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
            return self.put(callback, fault)

    def replay(self, callback_id: str) -> int:
        """Post an old callback once more, as it was. Returns the status."""
        callback = self._books().callbacks[callback_id]
        status, _ = self._send(callback)
        return status

    def send(self, letter: Callback) -> tuple[int, bool]:
        status, body = self._send(letter)
        return status, status == 200 and _is_yes(body)

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
