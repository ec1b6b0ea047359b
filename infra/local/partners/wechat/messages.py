"""Subscribe messages: what people agree to, what they are sent, and what WeChat tells the shop of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from infra.local.partners.exchange import Refused, Request
from infra.local.partners.keys import Credentials
from infra.local.partners.wechat.message_library import CHOSEN, LIBRARY
from infra.local.partners.wechat.message_rules import RULES, check
from infra.local.partners.wechat.words import Errcode, View, document

_FIELDS = {"touser", "template_id", "page", "miniprogram_state", "lang", "data"}
_STATES, _LANGUAGES = ("developer", "trial", "formal"), ("zh_CN", "en_US", "zh_HK", "zh_TW")
_KEYWORD = re.compile(rf"({'|'.join(RULES)})[1-9][0-9]?")
_MOST_TEMPLATES = 25


@dataclass
class Template:
    id: str
    title: str
    keywords: dict[str, str]
    words: dict[str, list[str]] = field(default_factory=dict)  # enum keyword → the only values it takes


@dataclass
class Shown:
    """A message on a phone."""

    number: int
    openid: str
    template_id: str
    page: str
    data: dict[str, str]
    at: datetime


@dataclass
class MessagesState:
    templates: dict[str, Template] = field(default_factory=dict)
    agreed: dict[str, int] = field(default_factory=dict)  # "openid template" → acceptances that are left
    off: list[str] = field(default_factory=list)  # "openid template", switched off in the settings
    unknown: list[str] = field(default_factory=list)  # openids that WeChat does not know
    unreachable: list[str] = field(default_factory=list)  # openids whose phones do not take what was sent
    shown: list[Shown] = field(default_factory=list)  # oldest first


class Messages:
    """The area of the API; called under the world's lock. Templates of :data:`CHOSEN` are there from the beginning."""

    def __init__(
        self,
        keys: Credentials,
        now: Callable[[], datetime],
        state: Callable[[], MessagesState],
        check_token: Callable[[Request], None],
        pages: Callable[[], list[str] | None],
        tell: Callable[[dict[str, Any], str], object],
    ) -> None:
        self._keys, self._now, self._state, self._check_token = keys, now, state, check_token
        self._pages, self._tell = pages, tell

    @property
    def endpoints(self) -> Mapping[tuple[str, str], tuple[str, View]]:
        return {
            ("POST", "/cgi-bin/message/subscribe/send"): ("subscribe_send", self._send),
            ("GET", "/wxaapi/newtmpl/gettemplate"): ("gettemplate", self._list),
        }

    # ---- what the shop's owner does

    def templates(self) -> dict[str, Template]:
        """The templates of the account, by id."""
        state = self._state()
        if not state.templates:
            for title in CHOSEN:
                self._keep(Template(self._template_id(title), title, dict(LIBRARY[title])))
        return state.templates

    def template_of(self, title: str) -> Template:
        """The template of that title; chosen from the library now, if the account did not have it."""
        found = next((each for each in self.templates().values() if each.title == title), None)
        return found or self.templates()[self.add_template(title, LIBRARY[title])]

    def add_template(
        self, title: str, keywords: Mapping[str, str], words: Mapping[str, Sequence[str]] | None = None
    ) -> str:
        """Choose a template. *words*: of an enum keyword the only values it takes.

        Returns its id. :raises Refused: BAD_TEMPLATE, TOO_MANY_TEMPLATES.
        """
        if not 1 <= len(keywords) <= 5 or not all(map(_KEYWORD.fullmatch, keywords)):
            raise Refused("BAD_TEMPLATE", "一至五个关键词，类型加序号")
        if len(self.templates()) >= _MOST_TEMPLATES:
            raise Refused("TOO_MANY_TEMPLATES", "模板数量已达上限")
        allowed = {name: list(each) for name, each in (words or {}).items()}
        return self._keep(Template(self._template_id(title), title, dict(keywords), allowed))

    def remove_template(self, template_id: str) -> None:
        """The shop gives a template up in WeChat's console."""
        self.templates().pop(template_id, None)

    def _keep(self, template: Template) -> str:
        self._state().templates[template.id] = template
        return template.id

    def _template_id(self, title: str) -> str:
        return f"T{sha256(f'{self._keys.app_id} {title}'.encode()).hexdigest()[:42]}"

    # ---- what people do

    def ask(self, openid: str, answers: Mapping[str, str], *, scene: str = "0") -> dict[str, str]:
        """The mini-program asks with ``wx.requestSubscribeMessage``, and the person answers.

        :param answers: template id → ``accept`` or ``reject``; at most three.
        :returns: what the mini-program gets. :raises Refused: TOO_MANY_TEMPLATES, UNKNOWN_TEMPLATE.
        """
        if len(answers) > 3:
            raise Refused("TOO_MANY_TEMPLATES", "一次最多三个模板")
        if unknown := set(answers) - set(self.templates()):
            raise Refused("UNKNOWN_TEMPLATE", ", ".join(unknown))
        told, state = {}, self._state()
        for template_id, answer in answers.items():
            key = f"{openid} {template_id}"
            told[template_id] = "reject" if key in state.off else answer
            if told[template_id] == "accept":
                state.agreed[key] = state.agreed.get(key, 0) + 1
        entries = [
            {"TemplateId": each, "SubscribeStatusString": answer, "PopupScene": scene} for each, answer in told.items()
        ]
        self._push("subscribe_msg_popup_event", openid, entries)
        return told

    def switch(self, openid: str, template_id: str, *, on: bool) -> None:
        """The person switches a template in WeChat's settings; off, nothing of it is left."""
        key, state = f"{openid} {template_id}", self._state()
        state.off = [each for each in state.off if each != key] + ([] if on else [key])
        if not on:
            state.agreed.pop(key, None)
        entry = {"TemplateId": template_id, "SubscribeStatusString": "accept" if on else "reject"}
        self._push("subscribe_msg_change_event", openid, [entry])

    def left(self, openid: str, template_id: str) -> int:
        """How many messages the person has still agreed to."""
        return self._state().agreed.get(f"{openid} {template_id}", 0)

    def of(self, openid: str) -> list[Shown]:
        """What the person's phone shows, oldest first."""
        return [each for each in self._state().shown if each.openid == openid]

    # ---- what the shop asks

    def _send(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        body, state = document(request), self._state()
        if set(body) - _FIELDS or body.get("miniprogram_state", "formal") not in _STATES:
            raise Errcode(47003, "argument invalid! unknown field or miniprogram_state")
        if body.get("lang", "zh_CN") not in _LANGUAGES:
            raise Errcode(47003, "argument invalid! lang")
        openid, template = body.get("touser"), self.templates().get(str(body.get("template_id")))
        if not isinstance(openid, str) or not openid or openid in state.unknown:
            raise Errcode(40003, "invalid openid")
        if template is None:
            raise Errcode(40037, "invalid template_id")
        page = self._page(body.get("page", ""))
        data = check(list(template.keywords), body.get("data"), template.words)
        key = f"{openid} {template.id}"
        if not state.agreed.get(key) or key in state.off:
            raise Errcode(43101, "user refuse to accept the msg")
        state.agreed[key] -= 1
        number = secrets.randbelow(10**18)
        self._arrive(Shown(number, openid, template.id, page, data, self._now()))
        return {"errcode": 0, "errmsg": "ok", "msgid": number}

    def _list(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        return {"errcode": 0, "errmsg": "ok", "data": [_listed(each) for each in self.templates().values()]}

    def _page(self, page: Any) -> str:
        released = self._pages()
        good = isinstance(page, str) and len(page) <= 1024 and not page.startswith("/")
        if not good or (page and released is not None and page.partition("?")[0] not in released):
            raise Errcode(41030, "invalid page")
        return str(page)

    def _arrive(self, message: Shown) -> None:
        reached = message.openid not in self._state().unreachable
        if reached:
            self._state().shown.append(message)
        entry = {
            "TemplateId": message.template_id,
            "MsgID": str(message.number),
            "ErrorCode": "0" if reached else "1",
            "ErrorStatus": "success" if reached else "user block",
        }
        self._push("subscribe_msg_sent_event", message.openid, [entry])

    def _push(self, event: str, openid: str, entries: Sequence[dict[str, str]]) -> None:
        self._tell({"MsgType": "event", "Event": event, "List": list(entries)}, openid)


def _listed(template: Template) -> dict[str, Any]:
    content = "".join(f"{label}:{{{{{keyword}.DATA}}}}\n" for keyword, label in template.keywords.items())
    enums = [each for each in template.keywords if each.startswith("enum")]
    return {
        "priTmplId": template.id,
        "title": template.title,
        "content": content,
        "example": "".join(f"{label}:……\n" for label in template.keywords.values()),
        "type": 2,
        "keywordEnumValueList": [
            {"keywordCode": f"{each}.DATA", "enumValueList": template.words.get(each, [])} for each in enums
        ],
    }
