"""What goes wrong on the partners' side, when asked to."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from infra.local.partners.exchange import Refused

#: ``timeout`` and ``lost_answer`` both end in silence, but ``lost_answer`` has done what was asked. ``reset``
#: breaks the line at once, undone. ``busy`` is the partner's own word for it. ``unsigned`` and ``forged`` are
#: about the signature of a good answer, ``cut`` keeps half of it. ``answer`` gives the status and document of your
#: choice.
API_FAULTS = (
    *("500", "502", "429", "busy", "garbage", "timeout", "lost_answer", "reset", "unsigned", "forged", "cut"),
    "answer",
)

#: ``lost``: never sent, not even repeated. ``doubled``: sent twice at once. ``delayed``: sent after ``seconds``.
#: ``forged``: under WeChat Pay's name by another key, and the true one is not sent. ``stale``: truly signed ten
#: minutes ago. ``wrong_*``: truly signed, about somebody else's business.
NOTICE_FAULTS = (
    "lost",
    "doubled",
    "delayed",
    "forged",
    "stale",
    "unsigned",
    "wrong_amount",
    "wrong_merchant",
    "wrong_app",
    "wrong_currency",
    "wrong_number",
)

#: The same of a callback of Kuaidi100's; ``forged`` is signed with another salt.
CALLBACK_FAULTS = ("lost", "doubled", "delayed", "forged", "unsigned")

#: The same of a push of WeChat's; ``wrong_app`` is sealed for another app, ``bad_padding`` does not open.
PUSH_FAULTS = ("lost", "doubled", "delayed", "forged", "unsigned", "stale", "wrong_app", "bad_padding")
_LETTER_FAULTS = {"notice": NOTICE_FAULTS, "callback": CALLBACK_FAULTS, "push": PUSH_FAULTS}


@dataclass
class Fault:
    """One kind of trouble and how often it still happens."""

    kind: str
    times: int = 1
    seconds: float = 30.0
    endpoint: str = "*"
    status: int = 500
    document: dict[str, Any] = field(default_factory=dict)


class Faults:
    """The queues of trouble: for API calls by endpoint, for notices, callbacks and pushes in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._api: list[Fault] = []
        self._letters: dict[str, deque[Fault]] = {name: deque() for name in _LETTER_FAULTS}

    def api(
        self,
        endpoint: str,
        kind: str,
        times: int = 1,
        *,
        seconds: float = 30.0,
        status: int = 500,
        document: dict[str, Any] | None = None,
    ) -> None:
        """The next *times* calls of *endpoint* (``*``: any) go wrong; see :data:`API_FAULTS`.

        Endpoints: ``stable_token``, ``jscode2session``, ``getuserphonenumber``, ``jsapi``, ``query``,
        ``close``, ``refund``, ``query_refund``, ``tradebill``, ``billdownload``, ``track_subscribe``,
        ``track_query``, ``subscribe_send``, ``upload_shipping_info``, ``get_order``,
        ``notify_confirm_receive``, ``is_trade_managed``, ``opspecialorder``, ``get_delivery_list``,
        ``generate_urllink``, ``query_urllink``, ``getwxacodeunlimit``, ``msg_sec_check``, ``media_check_async``.
        """
        _known(kind, API_FAULTS)
        with self._lock:
            self._api.append(Fault(kind, times, seconds, endpoint, status, document or {}))

    def notice(self, kind: str, times: int = 1, *, seconds: float = 30.0) -> None:
        """The next *times* notices go wrong; see :data:`NOTICE_FAULTS`."""
        self.letter("notice", kind, times, seconds=seconds)

    def callback(self, kind: str, times: int = 1, *, seconds: float = 30.0) -> None:
        """The next *times* callbacks of Kuaidi100 go wrong; see :data:`CALLBACK_FAULTS`."""
        self.letter("callback", kind, times, seconds=seconds)

    def push(self, kind: str, times: int = 1, *, seconds: float = 30.0) -> None:
        """The next *times* pushes of WeChat go wrong; see :data:`PUSH_FAULTS`."""
        self.letter("push", kind, times, seconds=seconds)

    def letter(self, on: str, kind: str, times: int = 1, *, seconds: float = 30.0) -> None:
        """The next *times* letters of the kind *on* (``notice``, ``callback``, ``push``) go wrong."""
        _known(kind, _LETTER_FAULTS[on])
        with self._lock:
            self._letters[on].append(Fault(kind, times, seconds))

    def take_api(self, endpoint: str) -> Fault | None:
        with self._lock:
            for fault in self._api:
                if fault.endpoint in ("*", endpoint):
                    fault.times -= 1
                    self._api = [other for other in self._api if other.times > 0]
                    return fault
        return None

    def take(self, on: str) -> Fault | None:
        """The trouble ordered for the next letter of the kind *on*."""
        with self._lock:
            queue = self._letters[on]
            if not queue:
                return None
            fault = queue[0]
            fault.times -= 1
            if fault.times <= 0:
                queue.popleft()
            return fault

    def waiting(self) -> list[dict[str, Any]]:
        with self._lock:
            named = {"api": self._api, **self._letters}
            return [{"on": name, **asdict(fault)} for name, queue in named.items() for fault in queue]

    def clear(self) -> None:
        with self._lock:
            self._api.clear()
            for queue in self._letters.values():
                queue.clear()


def _known(kind: str, kinds: tuple[str, ...]) -> None:
    if kind not in kinds:
        raise Refused("UNKNOWN_FAULT", f"{kind}: choose one of {', '.join(kinds)}")
