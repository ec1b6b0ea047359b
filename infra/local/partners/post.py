"""What partners send unasked: due by the world's clock, tried, repeated until accepted or given up."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import urllib3

from infra.local.partners.faults import Fault

ANSWER_WITHIN_SECONDS = 5.0

#: Posts ``(url, headers, body)`` and returns the status, 0 for no answer, and the answer's body.
Post = Callable[[str, dict[str, str], bytes], tuple[int, bytes]]


@dataclass
class Attempt:
    at: datetime
    status: int  # 0: no answer
    note: str = ""


@dataclass(kw_only=True)
class Letter:
    """Something on its way to the mall."""

    id: str
    url: str
    due_at: datetime
    fault: str = ""
    state: str = "waiting"  # waiting, sending, delivered, gave_up, lost
    repeats: int = 0
    attempts: list[Attempt] = field(default_factory=list)


L = TypeVar("L", bound=Letter)


class PostOffice(ABC, Generic[L]):
    """One partner's out-tray. A partner says how a letter is sent (:meth:`send`), and how long it waits to repeat it.

    ``repeat_scale`` shortens the pauses between tries, 0 means no second try.
    """

    name = "post"
    pauses: Sequence[timedelta] = ()

    def __init__(
        self,
        now: Callable[[], datetime],
        lock: threading.RLock,
        letters: Callable[[], dict[str, L]],
        unsent: Callable[[], list[str]],
        *,
        repeat_scale: float = 0.0,
        automatic: bool = True,
    ) -> None:
        self._now, self._lock, self._letters, self._unsent = now, lock, letters, unsent
        self.repeat_scale = repeat_scale
        self.automatic = automatic
        self._wake = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    @abstractmethod
    def send(self, letter: L) -> tuple[int, bool]:
        """One try. Returns the mall's status, 0 for no answer, and whether the letter is accepted."""

    def put(self, letter: L, fault: Fault | None) -> str:
        """Put *letter* in the out-tray, with the trouble that was ordered for it. Returns its id."""
        with self._lock:
            if fault:
                letter.fault = fault.kind
                letter.state = "lost" if fault.kind == "lost" else letter.state
                letter.due_at += timedelta(seconds=fault.seconds if fault.kind == "delayed" else 0)
            self._letters()[letter.id] = letter
            if letter.state == "waiting":
                self._unsent().append(letter.id)
        self._wake.set()
        return letter.id

    def deliver_due(self) -> int:
        """Send what is due by the world's clock; returns how many were tried. Holds no lock while sending."""
        tried = 0
        while (letter := self._take_due()) is not None:
            tried += 1
            self.before(letter)
            self._try(letter)
            if letter.fault == "doubled" and len(letter.attempts) == 1:
                self._try(letter)
        return tried

    def before(self, letter: L) -> None:
        """What goes ahead of a letter."""

    def settle(self, timeout: float = 5.0) -> None:
        """Wait until nothing that is due is unsent; for tests with automatic delivery."""
        deadline = time.monotonic() + timeout
        while self._on_the_way():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} is still on its way")
            time.sleep(0.005)

    def resume(self) -> None:
        """After a restart: what was being sent is sent again."""
        letters, unsent = self._letters(), self._unsent()
        for letter in letters.values():
            letter.state = "waiting" if letter.state == "sending" else letter.state
        unsent[:] = [letter.id for letter in letters.values() if letter.state == "waiting"]

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
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
            self._wake.wait(0.05 if self._open() else None)
            self._wake.clear()

    def _open(self) -> list[L]:
        with self._lock:
            letters = self._letters()
            return [letters[each] for each in self._unsent()]

    def _on_the_way(self) -> bool:
        now = self._now()
        return any(letter.state == "sending" or letter.due_at <= now for letter in self._open())

    def _take_due(self) -> L | None:
        with self._lock:
            now = self._now()
            due = [letter for letter in self._open() if letter.state == "waiting" and letter.due_at <= now]
            first = min(due, key=lambda letter: letter.due_at, default=None)
            if first is not None:
                first.state = "sending"
            return first

    def _try(self, letter: L) -> None:
        at = self._now()
        status, accepted = self.send(letter)
        with self._lock:
            letter.attempts.append(Attempt(at, status))
            self._plan_next(letter, accepted=accepted)

    def _plan_next(self, letter: L, *, accepted: bool) -> None:
        if accepted:
            letter.state = "delivered"
        elif not self.repeat_scale or letter.repeats >= len(self.pauses):
            letter.state = "gave_up"
        else:
            letter.state = "waiting"
            letter.due_at = self._now() + self.pauses[letter.repeats] * self.repeat_scale
            letter.repeats += 1
        if letter.state != "waiting" and letter.id in self._unsent():
            self._unsent().remove(letter.id)


_pool = urllib3.PoolManager(retries=False, maxsize=4)


def post_over_http(url: str, headers: dict[str, str], body: bytes, method: str = "POST") -> tuple[int, bytes]:
    """The mall's answer; status 0 when there is none within five seconds."""
    try:
        answer = _pool.request(
            method, url, body=body or None, headers=headers, timeout=ANSWER_WITHIN_SECONDS, redirect=False
        )
    except urllib3.exceptions.HTTPError:
        return 0, b""
    return int(answer.status), answer.data
