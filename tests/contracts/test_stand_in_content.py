"""The stand-in's content security: strict about every field."""

from __future__ import annotations

import json
from typing import Any

import pytest
import urllib3

from infra.local.partners import Partners, Refused

pytestmark = pytest.mark.usefixtures("frozen")
TEXT = {"version": 2, "openid": "o-one", "scene": 2, "content": "很软"}
MEDIA = {"version": 2, "openid": "o-one", "scene": 2, "media_url": "https://media.test/a.png", "media_type": 2}


def call(partners: Partners, path: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    keys = partners.credentials()
    app = {"grant_type": "client_credential", "appid": keys.app_id, "secret": keys.app_secret}
    base = partners.base_urls["wechat"]
    if token is None:
        answer = urllib3.request("POST", f"{base}/cgi-bin/stable_token", json=app)
        token = answer.json()["access_token"]
    found: dict[str, Any] = urllib3.request("POST", f"{base}{path}?access_token={token}", json=body).json()
    return found


def text(partners: Partners, **body: Any) -> dict[str, Any]:
    return call(partners, "/wxa/msg_sec_check", {**TEXT, **body})


def media(partners: Partners, **body: Any) -> dict[str, Any]:
    return call(partners, "/wxa/media_check_async", {**MEDIA, **body})


def test_the_reply_has_the_form_of_the_documentation(partners: Partners) -> None:
    answer = text(partners, content="违禁")
    assert (answer["errcode"], answer["result"]["suggest"]) == (0, "risky")
    assert answer["detail"][0].keys() >= {"strategy", "errcode", "suggest", "label", "prob", "keyword", "level"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"version": 1}, 47003),
        ({"scene": 5}, 47003),
        ({"content": ""}, 47003),
        ({"content": "x" * 2501}, 47003),
        ({"openid": ""}, 40003),
        ({"signature": "x"}, 47003),
        ({"more": 1}, 47003),
    ],
)
def test_words_that_break_a_rule(partners: Partners, body: dict[str, Any], code: int) -> None:
    assert text(partners, **body)["errcode"] == code
    assert partners.wechat.state.content.looked == []


@pytest.mark.parametrize(
    ("body", "code"),
    [({"media_url": "a.png"}, 47003), ({"media_type": 3}, 47003), ({"version": 1}, 47003), ({"openid": None}, 40003)],
)
def test_pictures_that_break_a_rule(partners: Partners, body: dict[str, Any], code: int) -> None:
    assert media(partners, **body)["errcode"] == code
    assert partners.wechat.state.pushes.pushes == {}


def test_without_a_token(partners: Partners) -> None:
    assert call(partners, "/wxa/msg_sec_check", TEXT, token="x")["errcode"] == 40001


def test_a_verdict_comes_as_a_push_or_is_kept_back(partners: Partners) -> None:
    control = partners.wechat.content
    control.think("a.png", "risky", of="pictures")
    control.keep_back(True)
    trace_id = media(partners)["trace_id"]
    assert partners.wechat.state.pushes.pushes == {}
    control.keep_back(False)
    (push,) = partners.wechat.state.pushes.pushes.values()
    assert (push.message["trace_id"], push.message["result"]["suggest"]) == (trace_id, "risky")
    with pytest.raises(Refused):
        control.think("x", "fine")


def test_it_is_on_the_page_and_survives_a_restart(partners: Partners) -> None:
    text(partners, content="<b>违禁</b>")
    partners.load(partners.dump())
    shown = urllib3.request("GET", partners.control_url).data.decode()
    assert "&lt;b&gt;违禁" in shown
    body = json.dumps({"part": "坏", "suggest": "risky"})
    assert urllib3.request("POST", f"{partners.control_url}/control/content/think", body=body).status == 200
    assert text(partners, content="坏")["result"]["suggest"] == "risky"
