"""Content security: words are judged at once, a picture's verdict is pushed later. What is bad, people here decide."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.local.partners.exchange import Refused, Request
from infra.local.partners.keys import Credentials
from infra.local.partners.wechat.words import Errcode, View, document

SUGGESTIONS = ("pass", "review", "risky")
_LABELS = {"pass": 100, "review": 21000, "risky": 20003}
_TEXT_FIELDS = {"version", "openid", "scene", "content", "nickname", "title", "signature"}
_MEDIA_FIELDS = {"version", "openid", "scene", "media_url", "media_type"}
_MOST_TEXT = 2500
_A_MINUTE = {"text": 4_000, "media": 2_000}


@dataclass
class Looked:
    """Something that WeChat was asked about."""

    kind: str
    openid: str
    content: str
    suggest: str
    trace_id: str
    at: datetime


@dataclass
class ContentState:
    words: dict[str, str] = field(default_factory=lambda: {"违禁": "risky", "加微信": "review"})
    pictures: dict[str, str] = field(default_factory=dict)  # a part of an address → suggestion, or "broken"
    away: list[str] = field(default_factory=list)  # openids that have not opened the mini-program lately
    silent: bool = False  # verdicts on pictures are kept back
    looked: list[Looked] = field(default_factory=list)  # oldest first
    kept_back: list[Looked] = field(default_factory=list)


class Content:
    """The area of the API; called under the world's lock."""

    def __init__(
        self,
        keys: Credentials,
        now: Callable[[], datetime],
        state: Callable[[], ContentState],
        check_token: Callable[[Request], None],
        tell: Callable[[dict[str, Any], str], object],
    ) -> None:
        self._keys, self._now, self._state, self._check_token, self._tell = keys, now, state, check_token, tell

    @property
    def endpoints(self) -> Mapping[tuple[str, str], tuple[str, View]]:
        return {
            ("POST", "/wxa/msg_sec_check"): ("msg_sec_check", self._text),
            ("POST", "/wxa/media_check_async"): ("media_check_async", self._media),
        }

    # ---- what WeChat thinks

    def think(self, part: str, suggest: str, *, of: str = "words") -> None:
        """From now on, words (or addresses of pictures: *of* ``pictures``) that contain *part* are judged so.

        :raises Refused: UNKNOWN_SUGGESTION.
        """
        if suggest not in (*SUGGESTIONS, "broken") or (suggest == "broken" and of == "words"):
            raise Refused("UNKNOWN_SUGGESTION", ", ".join(SUGGESTIONS))
        state = self._state()
        (state.words if of == "words" else state.pictures)[part] = suggest

    def keep_back(self, silent: bool) -> None:
        """Verdicts on pictures do not come, or come now."""
        state = self._state()
        state.silent = silent
        if not silent:
            waiting, state.kept_back = state.kept_back, []
            for each in waiting:
                self._push(each)

    # ---- what the shop asks

    def _text(self, request: Request) -> dict[str, Any]:
        body = self._asked(request, _TEXT_FIELDS, "text")
        content = body.get("content")
        if not isinstance(content, str) or not 1 <= len(content) <= _MOST_TEXT:
            raise Errcode(47003, "argument invalid! content")
        if "signature" in body and body["scene"] != 1:
            raise Errcode(47003, "argument invalid! signature")
        suggest, word = _worst(self._state().words, content)
        looked = self._look("text", body["openid"], content, suggest)
        detail = {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": _LABELS[suggest], "prob": 90}
        if word:
            detail |= {"strategy": "keyword", "keyword": word, "level": 20}
        result = {"suggest": suggest, "label": _LABELS[suggest]}
        return {"errcode": 0, "errmsg": "ok", "trace_id": looked.trace_id, "result": result, "detail": [detail]}

    def _media(self, request: Request) -> dict[str, Any]:
        body = self._asked(request, _MEDIA_FIELDS, "media")
        url = body.get("media_url")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise Errcode(40003 if url is None else 47003, "argument invalid! media_url")
        if body.get("media_type") not in (1, 2):
            raise Errcode(47003, "argument invalid! media_type")
        suggest, _ = _worst(self._state().pictures, url)
        looked = self._look("media", body["openid"], url, suggest)
        if self._state().silent:
            self._state().kept_back.append(looked)
        else:
            self._push(looked)
        return {"errcode": 0, "errmsg": "ok", "trace_id": looked.trace_id}

    def _asked(self, request: Request, fields: set[str], kind: str) -> dict[str, Any]:
        self._check_token(request)
        body, state = document(request), self._state()
        if set(body) - fields or body.get("version") != 2 or body.get("scene") not in (1, 2, 3, 4):
            raise Errcode(47003, "argument invalid! version, scene or unknown field")
        openid = body.get("openid")
        if not isinstance(openid, str) or not openid:
            raise Errcode(40003, "invalid openid")
        if openid in state.away:
            raise Errcode(61010, "user has not accessed the mini program in two hours")
        since = self._now() - timedelta(minutes=1)
        recent = sum(1 for each in reversed(state.looked) if each.kind == kind and each.at > since)
        if recent >= _A_MINUTE[kind]:
            raise Errcode(45011, "api minute-quota reach limit  mustslower  retry next minute")
        return body

    def _look(self, kind: str, openid: str, content: str, suggest: str) -> Looked:
        looked = Looked(kind, openid, content, suggest, f"{secrets.token_hex(4)}-{secrets.token_hex(4)}", self._now())
        self._state().looked.append(looked)
        return looked

    def _push(self, looked: Looked) -> None:
        broken = looked.suggest == "broken"
        suggest = "pass" if broken else looked.suggest
        result = {"suggest": suggest, "label": _LABELS[suggest]}
        message = {
            "MsgType": "event",
            "Event": "wxa_media_check",
            "appid": self._keys.app_id,
            "trace_id": looked.trace_id,
            "version": 2,
            "errcode": -1008 if broken else 0,
            "errmsg": "download failed" if broken else "ok",
            "detail": [{"strategy": "content_model", "errcode": 0, **result, "prob": 90}],
            "result": result,
        }
        self._tell(message, looked.openid)


def _worst(known: Mapping[str, str], content: str) -> tuple[str, str]:
    found = [(suggest, part) for part, suggest in known.items() if part in content]
    order = (*SUGGESTIONS, "broken")
    return max(found, key=lambda each: order.index(each[0]), default=("pass", ""))
