"""The partners together: their state, their faults, their server."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from infra.local.partners import kuaidi100, wechat
from infra.local.partners.exchange import Partner
from infra.local.partners.faults import Faults
from infra.local.partners.keys import Credentials, credentials
from infra.local.partners.kuaidi100.state import Books as Kuaidi100Books
from infra.local.partners.post import PostOffice
from infra.local.partners.server import Server
from infra.local.partners.wechat_pay import WeChatPay
from infra.local.partners.wechat_pay.notices import Post
from infra.local.partners.wechat_pay.state import Books


@dataclass
class Kept:
    """Everything that outlives a restart."""

    wechat: wechat.State = field(default_factory=wechat.State)
    wechat_pay: Books = field(default_factory=Books)
    kuaidi100: Kuaidi100Books = field(default_factory=Kuaidi100Books)


_kept: TypeAdapter[Kept] = TypeAdapter(Kept)


class Partners:
    """The played partners, running. Made by :func:`infra.local.partners.start`."""

    def __init__(
        self,
        port: int,
        keys: Credentials,
        now: Callable[[], datetime],
        state_path: Path | None,
        post: Post | None,
        repeat_scale: float,
        probe_every: int,
        automatic_notices: bool,
        strict_openids: bool,
    ) -> None:
        self._keys = keys
        self._state_path = state_path
        self.lock = threading.RLock()
        self.faults = Faults()
        self.calls: deque[tuple[str, int]] = deque(maxlen=10_000)  # (endpoint, status), oldest first
        self.wechat = wechat.WeChat(
            keys, now, self.faults, self.lock, repeat_scale=repeat_scale, automatic=automatic_notices
        )
        self.wechat_pay = WeChatPay(
            keys,
            now,
            self.faults,
            self.lock,
            post=post,
            repeat_scale=repeat_scale,
            automatic_notices=automatic_notices,
        )
        self.kuaidi100 = kuaidi100.Kuaidi100(
            keys, now, self.faults, self.lock, repeat_scale=repeat_scale, automatic=automatic_notices
        )
        #: Everything that is sent unasked; all of them start, stop and wake up together.
        self.offices: tuple[PostOffice[Any], ...] = (
            self.wechat.pushes,
            self.wechat_pay.notices,
            self.kuaidi100.callbacks,
        )
        self.by_prefix: dict[str, Partner] = {
            "wechat": self.wechat,
            "wechat-pay": self.wechat_pay,
            "kuaidi100": self.kuaidi100,
        }
        self.wechat_pay.notices.probe_every = probe_every
        self.wechat.shipping.trades = lambda: self.wechat_pay.books.trades
        if strict_openids:
            self.wechat_pay.api.known_openid = lambda openid: openid in self.wechat.state.unionids
        if state_path and state_path.exists():
            self.load(state_path.read_text(encoding="utf-8"))
        self._open(port)

    def _open(self, port: int) -> None:
        self._server = Server(port, self)
        self.control_url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.base_urls = {prefix.replace("-", "_"): f"{self.control_url}/{prefix}" for prefix in self.by_prefix}
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="partners", daemon=True
        ).start()
        for office in self.offices:
            office.start()

    def credentials(self) -> Credentials:
        """Ids, secrets and keys of both sides."""
        return self._keys

    def settings_environment(self) -> dict[str, str]:
        """``SIYU_*`` settings that make a mall talk to these partners."""
        return self._keys.environment(**{f"{name}_base_url": url for name, url in self.base_urls.items()})

    def reset(self) -> None:
        """Forget everything but the keys: a new test begins."""
        with self.lock:
            self.wechat.state = wechat.State()
            self.wechat_pay.books = Books()
            self.wechat_pay.refunds_succeed = True
            self.wechat_pay.notices.probes.clear()
            self.kuaidi100.reset()
            self.faults.clear()
            self.calls.clear()

    def dump(self) -> str:
        """The state of all partners as JSON."""
        with self.lock:
            return _kept.dump_json(
                Kept(self.wechat.state, self.wechat_pay.books, self.kuaidi100.books), indent=1
            ).decode()

    def load(self, document: str) -> None:
        """Take over a state that :meth:`dump` gave."""
        kept = _kept.validate_json(document)
        with self.lock:
            self.wechat.state, self.wechat_pay.books = kept.wechat, kept.wechat_pay
            self.kuaidi100.books = kept.kuaidi100
            for office in self.offices:
                office.resume()

    def keep(self) -> None:
        """Write the state to its file, if it has one."""
        if self._state_path:
            with self.lock:
                draft = self._state_path.with_suffix(".draft")
                draft.parent.mkdir(parents=True, exist_ok=True)
                draft.write_text(self.dump(), encoding="utf-8")
                draft.replace(self._state_path)

    def stop(self) -> None:
        """Close the port, send nothing more, keep the state."""
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        for office in self.offices:
            office.stop()
        self.keep()


def start(
    port: int = 0,
    *,
    keys_path: Path | None = None,
    state_path: Path | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    post: Post | None = None,
    repeat_scale: float = 0.0,
    probe_every: int = 0,
    automatic_notices: bool = True,
    strict_openids: bool = False,
) -> Partners:
    """Start all partners on one loopback port.

    :param port: 0 takes a free one; see ``base_urls`` and ``control_url``.
    :param keys_path: keeps keys and ids between runs (making two RSA keys costs about 0.3 s).
    :param state_path: keeps the partners' state between runs.
    :param now: the partners' clock, aware; give them the mall's when a test moves it.
    :param post: how notices reach the mall, ``(url, headers, body) -> status``; over HTTP when not given.
    :param repeat_scale: 1.0 repeats unanswered notices as WeChat Pay does, 0.1 ten times faster, 0 never.
    :param probe_every: a signature probe before every n-th notice, as WeChat Pay sends them now and then.
    :param automatic_notices: send by itself; else a test calls ``deliver_due()`` of ``wechat_pay.notices``,
        ``kuaidi100.callbacks`` and ``wechat.pushes``.
    :param strict_openids: only who has logged in here can pay.
    """
    return Partners(
        port,
        credentials(keys_path),
        now,
        state_path,
        post,
        repeat_scale,
        probe_every,
        automatic_notices,
        strict_openids,
    )
