"""The played ``getwxacodeunlimit`` is as strict as the documented one."""

from __future__ import annotations

import json
from typing import Any

import pytest
import urllib3

from infra.local.partners import Partners
from tests.harness import MovableClock

pytestmark = pytest.mark.usefixtures("cloud")


def ask(partners: Partners, token: str | None = None, **body: Any) -> urllib3.BaseHTTPResponse:
    from chalicelib.gateways.wechat import client

    query = token if token is not None else client.access_token.get()
    url = f"{partners.base_urls['wechat']}/wxa/getwxacodeunlimit?access_token={query}"
    return urllib3.request("POST", url, body=json.dumps(body).encode(), retries=False)


def errcode(response: urllib3.BaseHTTPResponse) -> int:
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("application/json")
    document = response.json()
    assert " rid: " in document["errmsg"]
    return int(document["errcode"])


def test_a_picture_is_no_json(partners: Partners) -> None:
    response = ask(partners, scene="a=1&b=!#$'()*+,/:;?@~", page="pages/index/index", check_path=True, width=1280)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.data.startswith(b"\xff\xd8\xff")
    assert partners.wechat.state.codes.made == [("pages/index/index", "a=1&b=!#$'()*+,/:;?@~")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 40129),
        ({"scene": 5}, 40129),
        ({"scene": "x" * 33}, 40169),
        ({"scene": "a%20b"}, 40169),
        ({"scene": "中文"}, 40169),
        ({"scene": "a", "page": "/pages/index"}, 41030),
        ({"scene": "a", "page": "pages/index?a=1"}, 41030),
        ({"scene": "a", "page": "pages/unknown"}, 41030),
        ({"scene": "a", "width": 279}, 40097),
        ({"scene": "a", "width": 1281}, 40097),
        ({"scene": "a", "width": "430"}, 40097),
        ({"scene": "a", "env_version": "beta"}, 40097),
        ({"scene": "a", "is_hyaline": "yes"}, 47001),
        ({"scene": "a", "size": 1}, 47001),
    ],
)
def test_refusals(partners: Partners, body: dict[str, Any], code: int) -> None:
    partners.wechat.state.links.pages = ["pages/index/index"]
    assert errcode(ask(partners, **body)) == code
    assert partners.wechat.state.codes.made == []


def test_a_page_is_not_looked_for_when_told_so(partners: Partners) -> None:
    partners.wechat.state.links.pages = []
    assert ask(partners, scene="a", page="pages/new", check_path=False, env_version="trial").data[:2] == b"\xff\xd8"


def test_token_and_quota(frozen: MovableClock, partners: Partners) -> None:
    assert errcode(ask(partners, token="", scene="a")) == 41001
    assert errcode(ask(partners, token="wrong", scene="a")) == 40001
    partners.wechat.state.codes.calls = [frozen.at] * 5000
    assert errcode(ask(partners, scene="a")) == 45009


def test_control(partners: Partners) -> None:
    said = urllib3.request("POST", f"{partners.control_url}/control/pages/released", json={"pages": ["pages/a"]})
    assert said.status == 200
    assert errcode(ask(partners, scene="a", page="pages/b")) == 41030
    ask(partners, scene="a", page="pages/a")
    made = urllib3.request("GET", f"{partners.control_url}/control/codes").json()
    assert made == {"codes": [{"page": "pages/a", "scene": "a"}]}
    assert urllib3.request("POST", f"{partners.control_url}/control/pages/released", json={"pages": "a"}).status == 409
