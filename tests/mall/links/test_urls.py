"""URL Links: made when asked for, kept until they nearly expire, refused with a reason."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from chalicelib.core import http as partner_http
from chalicelib.mall.links import service
from infra.local.partners import Partners
from infra.local.partners.wechat import links as wechat
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog.factories import staff_token
from tests.mall.links.factories import again, buyer, shared


def made(partners: Partners) -> int:
    return sum(name == "generate_urllink" for name, _ in partners.calls)


def test_it_opens_the_page_with_its_parameters_and_its_code(sharer: Client, partners: Partners) -> None:
    link = shared(sharer)
    url = sharer.post(f"/links/{link['code']}/url").ok()
    assert url["expires_at"].startswith("2026-12-24T")
    opened = partners.wechat.links.open(url["url"])
    assert opened["path"] == "pages/product/detail"
    assert parse_qs(opened["query"]) == {"id": ["prd_1"], "from": ["分享 页"], "s": [link["code"]]}


def test_it_is_kept_and_given_to_everybody(
    http: Client, sharer: Client, partners: Partners, frozen: MovableClock, cloud: Cloud
) -> None:
    link = shared(sharer)
    first = sharer.post(f"/links/{link['code']}/url").ok()
    buyer(http, "mbr_other")
    frozen.move(days=26, hours=23)
    with cloud.unchanged():
        assert again(http, "mbr_other").post(f"/links/{link['code']}/url").ok() == first
    assert made(partners) == 1
    frozen.move(hours=2)
    renewed = again(http, "mbr_other").post(f"/links/{link['code']}/url").ok()
    assert renewed["url"] != first["url"]
    assert made(partners) == 2
    partners.wechat.links.open(first["url"])  # the old one works on


@pytest.mark.parametrize(
    ("errcode", "status", "code"),
    [
        (45009, 429, "url_quota_used_up"),
        (40165, 409, "page_not_released"),
        (44990, 503, "partner_unavailable"),
        (40212, 503, "partner_unavailable"),
        (85079, 503, "partner_unavailable"),
        (48001, 503, "partner_unavailable"),
        (-1, 503, "partner_unavailable"),
    ],
)
def test_what_wechat_refuses_is_told(sharer: Client, partners: Partners, errcode: int, status: int, code: str) -> None:
    link = shared(sharer)
    document = {"errcode": errcode, "errmsg": "no rid: 1"}
    partners.faults.api("generate_urllink", "answer", times=3, status=200, document=document)
    reply = sharer.post(f"/links/{link['code']}/url")
    assert (reply.status, reply.code) == (status, code)
    stored = service.link_of(link["code"])
    assert (stored.url, stored.url_expires_at) == (None, None)
    partners.faults.clear()
    assert sharer.post(f"/links/{link['code']}/url").status == 200


@pytest.mark.parametrize("kind", ["500", "garbage", "busy", "429", "reset"])
def test_a_moment_of_trouble_is_not_noticed(sharer: Client, partners: Partners, kind: str) -> None:
    link = shared(sharer)
    partners.faults.api("generate_urllink", kind, times=1)
    reply = sharer.post(f"/links/{link['code']}/url")
    assert reply.status == (429 if kind == "429" else 200)  # the stand-in's 429 is the minute's quota, 45011


def test_an_old_one_is_given_while_it_works(
    http: Client, sharer: Client, partners: Partners, frozen: MovableClock
) -> None:
    link = shared(sharer)
    first = sharer.post(f"/links/{link['code']}/url").ok()
    partners.faults.api("generate_urllink", "answer", times=9, status=200, document={"errcode": 45009, "errmsg": "no"})
    frozen.move(days=29)
    assert again(http, "mbr_sharer").post(f"/links/{link['code']}/url").ok() == first
    frozen.move(days=1)
    assert again(http, "mbr_sharer").post(f"/links/{link['code']}/url").code == "url_quota_used_up"


def test_a_page_that_is_not_released(sharer: Client, partners: Partners) -> None:
    link = shared(sharer)
    partners.wechat.state.links.pages = ["pages/index/index"]
    assert sharer.post(f"/links/{link['code']}/url").code == "page_not_released"
    partners.wechat.state.links.pages.append("pages/product/detail")
    assert sharer.post(f"/links/{link['code']}/url").status == 200


def test_two_who_ask_at_once_both_get_one_that_works(
    sharer: Client, partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one is made while the first is on its way."""
    link = shared(sharer)
    inner: list[dict[str, str]] = []

    def meanwhile(moment: str, method: str, url: str) -> None:
        if moment == "after" and "generate_urllink" in url and not inner:
            inner.append({})
            inner[0] = sharer.post(f"/links/{link['code']}/url").ok()

    partner_http.observers.append(meanwhile)
    try:
        outer = sharer.post(f"/links/{link['code']}/url").ok()
    finally:
        partner_http.observers.remove(meanwhile)
    for each in (inner[0], outer):
        partners.wechat.links.open(each["url"])
    assert service.link_of(link["code"]).url == inner[0]["url"]


def test_a_member_asks_so_often_a_day(
    sharer: Client, partners: Partners, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "URLS_A_DAY", 1)
    one, other = shared(sharer), shared(sharer, channel="x")
    sharer.post(f"/links/{one['code']}/url").ok()
    with cloud.unchanged():
        assert sharer.post(f"/links/{other['code']}/url").code == "too_many_links"
        assert sharer.post(f"/links/{one['code']}/url").status == 200  # that one is there
    assert made(partners) == 1


def test_refusals(http: Client, sharer: Client, desk: Client, partners: Partners, cloud: Cloud) -> None:
    link = shared(sharer)
    with cloud.unchanged():
        assert sharer.post("/links/AAAAAAAAAAAA/url").code == "link_not_found"
        assert http.post(f"/links/{link['code']}/url").status == 401
        assert desk.get(f"/admin/links/{link['code']}/url").code == "link_not_found"
    assert made(partners) == 0


def test_staff_see_how_wechat_knows_it(
    http: Client, sharer: Client, desk: Client, partners: Partners, frozen: MovableClock
) -> None:
    link = shared(sharer)
    url = sharer.post(f"/links/{link['code']}/url").ok()
    partners.wechat.links.open(url["url"])
    known = desk.get(f"/admin/links/{link['code']}/url").ok()
    assert (known["url"], known["page"]) == (url["url"], "pages/product/detail")
    assert known["query"] == link["path"].partition("?")[2]
    assert known["visits_left_today"] == wechat.OPENINGS_A_DAY - 1
    partners.faults.api("query_urllink", "500", times=3)
    assert desk.get(f"/admin/links/{link['code']}/url").code == "partner_unavailable"
    frozen.move(days=30)
    later = http.as_(staff_token("sharing.read"))
    assert later.get(f"/admin/links/{link['code']}/url").code == "link_not_found"
