"""URL Links: ``generate_urllink`` and ``query_urllink``, and what a person does with one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.partners.exchange import Refused, Request
from infra.local.partners.html import button, clock, row
from infra.local.partners.wechat.words import Errcode, View, document

LINKS_A_DAY = 500_000
LINKS_A_SECOND = 100
OPENINGS_A_DAY = 6_000_000
LIFETIME = timedelta(days=30)
_PATH = re.compile(r"[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*")
_QUERY = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]{0,1024}")
_VERSIONS = ("release", "trial", "develop")
_FIELDS = {"path", "query", "expire_type", "expire_time", "expire_interval", "env_version"}
_BEIJING = ZoneInfo("Asia/Shanghai")
_SHOWN = 20


@dataclass
class UrlLink:
    """A link as WeChat keeps it."""

    url: str
    path: str
    query: str
    env_version: str
    created_at: datetime
    expires_at: datetime
    opened: int = 0


@dataclass
class LinksState:
    """``pages``: of the released version, None: any; empty: nothing is released."""

    pages: list[str] | None = None
    links: dict[str, UrlLink] = field(default_factory=dict)  # oldest first
    made: dict[str, int] = field(default_factory=dict)  # day → how many
    openings: dict[str, int] = field(default_factory=dict)
    last_made_at: list[datetime] = field(default_factory=list)


class Links:
    """The area of the API that makes URL Links."""

    def __init__(
        self,
        app_id: str,
        now: Callable[[], datetime],
        state: Callable[[], LinksState],
        check_token: Callable[[Request], None],
    ) -> None:
        self._app_id, self._now, self._state, self._check_token = app_id, now, state, check_token

    @property
    def endpoints(self) -> Mapping[tuple[str, str], tuple[str, View]]:
        return {
            ("POST", "/wxa/generate_urllink"): ("generate_urllink", self._generate),
            ("POST", "/wxa/query_urllink"): ("query_urllink", self._query),
        }

    # ---- what people do

    def open(self, url: str) -> dict[str, Any]:
        """A person touches the link outside of WeChat. :returns: what the mini-program is launched with."""
        link = self._state().links.get(url)
        if link is None or self._now() >= link.expires_at:
            raise Refused("LINK_EXPIRED", "链接不存在或已过期")
        if self._openings_left() == 0:
            raise Refused("VISITS_USED_UP", "今日访问次数已用完")
        link.opened += 1
        self._add(self._state().openings)
        return {"path": link.path, "query": link.query, "scene": 1194}

    # ---- what the mall asks

    def _generate(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        body = document(request)
        if body.keys() - _FIELDS:
            raise Errcode(47001, "data format error")
        path, query, version = self._path(body), body.get("query", ""), body.get("env_version", "release")
        if not isinstance(query, str) or not _QUERY.fullmatch(query):
            raise Errcode(40212, "invalid query")
        if version not in _VERSIONS:
            raise Errcode(40097, "invalid args")
        expires_at = self._expiry(body)
        self._count()
        url = f"https://wxaurl.cn/{secrets.token_urlsafe(12)[:11]}"
        self._state().links[url] = UrlLink(url, path, query, version, self._now(), expires_at)
        return {"errcode": 0, "errmsg": "ok", "url_link": url}

    def _path(self, body: dict[str, Any]) -> str:
        path, pages = body.get("path", ""), self._state().pages
        if pages == []:
            raise Errcode(85079, "miniprogram has no online release")
        if not isinstance(path, str) or (path and not _PATH.fullmatch(path)):
            raise Errcode(40165, "invalid weapp pagepath")
        if path and pages is not None and path not in pages:
            raise Errcode(40165, "invalid weapp pagepath")
        return path

    def _expiry(self, body: dict[str, Any]) -> datetime:
        now, kind = self._now(), body.get("expire_type", 0)
        if kind == 1 and type(kind) is int:
            days = body.get("expire_interval")
            if type(days) is not int or not 1 <= days <= LIFETIME.days:
                raise Errcode(85401, "time limit between 1min and 30days")
            return now + timedelta(days=days)
        at = body.get("expire_time")
        if type(kind) is not int or kind != 0 or type(at) is not int:
            raise Errcode(85401, "time limit between 1min and 30days")
        if not timedelta(minutes=1) <= datetime.fromtimestamp(at, UTC) - now <= LIFETIME:
            raise Errcode(85401, "time limit between 1min and 30days")
        return datetime.fromtimestamp(at, UTC)

    def _count(self) -> None:
        state, now = self._state(), self._now()
        state.last_made_at = [at for at in state.last_made_at if now - at < timedelta(seconds=1)]
        if len(state.last_made_at) >= LINKS_A_SECOND:
            raise Errcode(44990, "reach max api frequence limit")
        if state.made.get(self._day(), 0) >= LINKS_A_DAY:
            raise Errcode(45009, "reach max api daily quota limit")
        state.last_made_at.append(now)
        self._add(state.made)

    def _query(self, request: Request) -> dict[str, Any]:
        self._check_token(request)
        body = document(request)
        kind, url = body.get("query_type", 0), body.get("url_link")
        if type(kind) is not int or kind not in (0, 1) or body.keys() - {"url_link", "query_type"}:
            raise Errcode(40097, "invalid args")
        if kind == 1:
            left = {"remain_visit_quota": self._openings_left()}
            return {"errcode": 0, "errmsg": "ok", "quota_info": left}
        link = self._state().links.get(url) if isinstance(url, str) else None
        if link is None:
            raise Errcode(40165, "invalid url_link")
        info = {
            "appid": self._app_id,
            "path": link.path,
            "query": link.query,
            "create_time": int(link.created_at.timestamp()),
            "expire_time": int(link.expires_at.timestamp()),
            "env_version": link.env_version,
        }
        return {"errcode": 0, "errmsg": "ok", "url_link_info": info}

    def _openings_left(self) -> int:
        return max(OPENINGS_A_DAY - self._state().openings.get(self._day(), 0), 0)

    def _day(self) -> str:
        return self._now().astimezone(_BEIJING).date().isoformat()

    def _add(self, counts: dict[str, int]) -> None:
        counts[self._day()] = counts.get(self._day(), 0) + 1


def section(state: LinksState) -> str:
    """The control page's part, in Chinese."""
    shown = list(state.links.values())[: -_SHOWN - 1 : -1]
    rows = "".join(_row(each) for each in shown) or "<tr><td colspan=5 class=dim>还没有外部链接</td></tr>"
    head = "<tr><th>链接<th>页面<th>参数<th>到期<th>打开</tr>"
    return f"<h2>外部链接（URL Link）</h2><table>{head}{rows}</table>"


def _row(link: UrlLink) -> str:
    opened = f"{link.opened}次 {button('打开', '/control/url-links/open', {'url': link.url})}"
    return row([escape(link.url), escape(link.path), escape(link.query), clock(link.expires_at), opened])
