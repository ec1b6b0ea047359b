"""URL Links: an https address that opens a page of the mini-program from outside of WeChat.

Sources: ``generateUrlLink`` and ``queryUrlLink`` of the official documentation. A link lives for at most 30 days;
500,000 are made a day (45009 beyond, 44990 above 100 a second); all together are opened six million times a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.core.http import PartnerBroken, PartnerRefused
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import client
from chalicelib.gateways.wechat.errors import PageNotReleased

LIFETIME = timedelta(days=30)
MAX_QUERY = 1024
_BAD_PATH = "40165"
_LINK, _QUOTA = 0, 1


@dataclass(frozen=True, slots=True)
class KnownUrl:
    """A URL Link as WeChat knows it."""

    page: str
    query: str
    expires_at: datetime


def make_url(page: str, query: str) -> str:
    """A URL Link to *page* that works for :data:`LIFETIME`. Made twice, there are two, and both work.

    :param page: without leading slash and query. :param query: encoded, at most 1,024 characters.
    :raises PageNotReleased: the released mini-program has no such page.
    :raises QuotaUsedUp: no more today. :raises PartnerError: WeChat can not be asked.
    """
    if len(query) > MAX_QUERY:
        raise ValueError(f"a query of {len(query)} characters")
    body = {
        "path": page,
        "query": query,
        "expire_type": 1,
        "expire_interval": LIFETIME.days,
        "env_version": settings().mini_program_version,
    }
    try:
        document = client.post_with_token("/wxa/generate_urllink", body, idempotent=True)
    except PartnerRefused as error:
        if error.partner_code == _BAD_PATH:
            raise PageNotReleased() from None
        raise
    url = document.get("url_link")
    if not isinstance(url, str) or not url.startswith("https://"):
        raise PartnerBroken(client.PARTNER, reason="no url_link in the reply")
    return url


def known_url(url: str) -> KnownUrl:
    """What WeChat knows of a URL Link. :raises PartnerRefused: it does not know it. :raises PartnerError:"""
    info = _ask(url, _LINK, "url_link_info")
    page, query, expires_at = info.get("path"), info.get("query"), info.get("expire_time")
    if not isinstance(page, str) or not isinstance(query, str) or type(expires_at) is not int:
        raise PartnerBroken(client.PARTNER, reason="no such url_link_info as promised")
    return KnownUrl(page, query, datetime.fromtimestamp(expires_at, UTC))


def visits_left(url: str) -> int:
    """How often URL Links of this mini-program can still be opened today. :raises PartnerError:"""
    left = _ask(url, _QUOTA, "quota_info").get("remain_visit_quota")
    if type(left) is not int:
        raise PartnerBroken(client.PARTNER, reason="no remain_visit_quota in the reply")
    return left


def _ask(url: str, query_type: int, answer: str) -> dict[str, Any]:
    document = client.post_with_token(
        "/wxa/query_urllink", {"url_link": url, "query_type": query_type}, idempotent=True
    )
    found = document.get(answer)
    if not isinstance(found, dict):
        raise PartnerBroken(client.PARTNER, reason=f"no {answer} in the reply")
    return found
