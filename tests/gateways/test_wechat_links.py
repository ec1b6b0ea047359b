"""URL Links through the played WeChat, and the stand-in's own strictness."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import urllib3

from chalicelib.core import clock
from chalicelib.core.http import PartnerBroken, PartnerBusy, PartnerRefused
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import client
from chalicelib.gateways.wechat import links as wechat
from chalicelib.gateways.wechat.errors import PageNotReleased, QuotaUsedUp, WeChatMisconfigured
from infra.local.partners import Partners, Refused
from infra.local.partners.wechat import links as played
from tests.harness import MovableClock

pytestmark = pytest.mark.usefixtures("cloud", "frozen")

PAGE = "pages/product/detail"


def ask(partners: Partners, path: str, document: Any, token: str | None = None) -> dict[str, Any]:
    """A call as WeChat sees it, without our gateway."""
    token = token or client.access_token.get()
    url = f"{partners.base_urls['wechat']}{path}?access_token={token}"
    answer: dict[str, Any] = json.loads(urllib3.request("POST", url, body=json.dumps(document).encode()).data)
    return answer


def test_a_link_opens_its_page_for_thirty_days(partners: Partners, frozen: MovableClock) -> None:
    url = wechat.make_url(PAGE, "id=1&s=A")
    assert partners.wechat.links.open(url) == {"path": PAGE, "query": "id=1&s=A", "scene": 1194}
    known = wechat.known_url(url)
    assert (known.page, known.query) == (PAGE, "id=1&s=A")
    assert known.expires_at == (clock.now() + wechat.LIFETIME).replace(microsecond=0)
    frozen.move(days=30)
    with pytest.raises(Refused):
        partners.wechat.links.open(url)


def test_openings_are_counted_down_each_day(partners: Partners, frozen: MovableClock) -> None:
    url = wechat.make_url(PAGE, "")
    partners.wechat.links.open(url)
    assert wechat.visits_left(url) == played.OPENINGS_A_DAY - 1
    partners.wechat.state.links.openings["2026-11-24"] = played.OPENINGS_A_DAY
    with pytest.raises(Refused):
        partners.wechat.links.open(url)
    frozen.move(days=1)
    assert wechat.visits_left(url) == played.OPENINGS_A_DAY


def test_the_released_pages(partners: Partners) -> None:
    partners.wechat.state.links.pages = ["pages/index/index"]
    with pytest.raises(PageNotReleased):
        wechat.make_url(PAGE, "")
    partners.wechat.state.links.pages = []
    with pytest.raises(WeChatMisconfigured):
        wechat.make_url(PAGE, "")


def test_quotas(partners: Partners, frozen: MovableClock) -> None:
    partners.wechat.state.links.made["2026-11-24"] = played.LINKS_A_DAY
    with pytest.raises(QuotaUsedUp):
        wechat.make_url(PAGE, "")
    frozen.move(days=1)
    wechat.make_url(PAGE, "")
    partners.wechat.state.links.last_made_at = [frozen.at] * played.LINKS_A_SECOND
    with pytest.raises(PartnerBusy):
        wechat.make_url(PAGE, "")
    frozen.move(seconds=1)
    wechat.make_url(PAGE, "")


def test_what_wechat_would_refuse_is_not_sent(partners: Partners) -> None:
    with pytest.raises(ValueError):
        wechat.make_url(PAGE, "x" * 1025)
    assert not partners.calls


@pytest.mark.parametrize(
    "document", [{}, {"url_link": 5}, {"url_link": "http://wxaurl.cn/x"}, {"errcode": 0, "url_link": ""}]
)
def test_a_reply_without_link_is_broken(partners: Partners, document: dict[str, Any]) -> None:
    partners.faults.api("generate_urllink", "answer", times=3, status=200, document=document)
    with pytest.raises(PartnerBroken):
        wechat.make_url(PAGE, "")


@pytest.mark.parametrize(
    "document", [{}, {"url_link_info": {"path": PAGE}, "quota_info": {"remain_visit_quota": "many"}}]
)
def test_a_reply_without_facts_is_broken(partners: Partners, document: dict[str, Any]) -> None:
    for question in (wechat.known_url, wechat.visits_left):
        partners.faults.api("query_urllink", "answer", times=3, status=200, document=document)
        with pytest.raises(PartnerBroken):
            question("https://wxaurl.cn/x")


def test_an_unknown_link_is_refused(partners: Partners) -> None:
    with pytest.raises(PartnerRefused):
        wechat.known_url("https://wxaurl.cn/unknown")


def test_the_version_is_a_setting(partners: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIYU_MINI_PROGRAM_VERSION", "trial")
    settings.cache_clear()
    url = wechat.make_url(PAGE, "")
    assert partners.wechat.state.links.links[url].env_version == "trial"


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"path": "/pages/a"}, 40165),
        ({"path": "pages/a?b=c"}, 40165),
        ({"path": 5}, 40165),
        ({"query": "x" * 1025}, 40212),
        ({"query": "名=值"}, 40212),
        ({"query": "a b"}, 40212),
        ({"expire_type": 2}, 85401),
        ({"expire_type": True}, 85401),
        ({"expire_interval": 31}, 85401),
        ({"expire_interval": 0}, 85401),
        ({"expire_interval": "1"}, 85401),
        ({"expire_type": 0}, 85401),
        ({"env_version": "beta"}, 40097),
        ({"is_expire": True}, 47001),
    ],
)
def test_the_stand_in_is_strict(partners: Partners, changes: dict[str, Any], errcode: int) -> None:
    good = {"path": PAGE, "query": "a=1", "expire_type": 1, "expire_interval": 30}
    assert ask(partners, "/wxa/generate_urllink", good)["errcode"] == 0
    assert ask(partners, "/wxa/generate_urllink", {**good, **changes})["errcode"] == errcode
    assert len(partners.wechat.state.links.links) == 1


@pytest.mark.parametrize(("seconds", "errcode"), [(59, 85401), (60, 0), (30 * 86_400, 0), (30 * 86_400 + 1, 85401)])
def test_a_time_of_expiry(partners: Partners, seconds: int, errcode: int) -> None:
    at = int((clock.now() + timedelta(seconds=seconds)).timestamp())
    asked = {"path": PAGE, "expire_type": 0, "expire_time": at}
    assert ask(partners, "/wxa/generate_urllink", asked)["errcode"] == errcode


def test_nothing_without_a_token(partners: Partners) -> None:
    for path in ("/wxa/generate_urllink", "/wxa/query_urllink"):
        assert ask(partners, path, {}, token="wrong")["errcode"] == 40001


def test_it_is_shown_and_opened_on_the_page(partners: Partners) -> None:
    url = wechat.make_url(PAGE, "id=1")
    page = urllib3.request("GET", partners.control_url).data.decode()
    assert url in page
    opened = urllib3.request("POST", f"{partners.control_url}/control/url-links/open", json={"url": url})
    assert opened.json()["path"] == PAGE
    gone = urllib3.request("POST", f"{partners.control_url}/control/url-links/open", json={"url": "x"})
    assert gone.status == 409


def test_links_outlive_a_restart(partners: Partners) -> None:
    url = wechat.make_url(PAGE, "")
    kept = partners.dump()
    partners.reset()
    partners.load(kept)
    assert partners.wechat.links.open(url)["path"] == PAGE
