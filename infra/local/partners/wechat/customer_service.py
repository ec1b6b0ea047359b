"""Customer-service messages: what the shop answers, within the windows that people open by writing or entering."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.local.partners.exchange import Request
from infra.local.partners.wechat.words import Errcode, View, document

_WINDOW, _ANSWERS = timedelta(hours=48), 5
_ENTRY_WINDOW, _ENTRY_ANSWERS = timedelta(minutes=1), 2
_MOST_BYTES = 2048


@dataclass
class Window:
    until: datetime
    left: int


@dataclass
class Answer:
    """A message on a phone."""

    openid: str
    text: str
    at: datetime


@dataclass
class CustomerState:
    windows: dict[str, Window] = field(default_factory=dict)
    shown: list[Answer] = field(default_factory=list)  # oldest first


class CustomerService:
    """The area of the API; called under the world's lock."""

    def __init__(
        self,
        now: Callable[[], datetime],
        state: Callable[[], CustomerState],
        check_token: Callable[[Request], None],
        say: Callable[[str, str], str],
        tell: Callable[[dict[str, Any], str], str],
    ) -> None:
        self._now, self._state, self._check_token, self._say, self._tell = now, state, check_token, say, tell

    @property
    def endpoints(self) -> Mapping[tuple[str, str], tuple[str, View]]:
        return {("POST", "/cgi-bin/message/custom/send"): ("custom_send", self._send)}

    def say(self, openid: str, text: str) -> str:
        """A person writes to the shop: five answers in 48 hours."""
        self._state().windows[openid] = Window(self._now() + _WINDOW, _ANSWERS)
        return self._say(openid, text)

    def enter(self, openid: str) -> str:
        """A person opens the chat: two messages in a minute."""
        self._state().windows.setdefault(openid, Window(self._now() + _ENTRY_WINDOW, _ENTRY_ANSWERS))
        return self._tell({"MsgType": "event", "Event": "user_enter_tempsession", "SessionFrom": ""}, openid)

    def of(self, openid: str) -> list[str]:
        """What the person's phone shows, oldest first."""
        return [each.text for each in self._state().shown if each.openid == openid]

    def _send(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        body, state = document(request), self._state()
        openid, text = body.get("touser"), body.get("text")
        content = text.get("content") if isinstance(text, dict) else None
        if body.get("msgtype") != "text" or not isinstance(content, str) or not content:
            raise Errcode(47003, "argument invalid! text only here")
        if len(content.encode()) > _MOST_BYTES:
            raise Errcode(45002, "content size out of limit")
        if not isinstance(openid, str) or not openid:
            raise Errcode(40003, "invalid openid")
        window = state.windows.get(openid)
        if window is None or window.until <= self._now():
            raise Errcode(45015, "response out of time limit or subscription is canceled")
        if window.left <= 0:
            raise Errcode(45047, "out of response count limit")
        window.left -= 1
        state.shown.append(Answer(openid, content, self._now()))
        return {"errcode": 0, "errmsg": "ok"}
