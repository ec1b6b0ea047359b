"""One person is one member, however often and however fast they come."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import pages
from chalicelib.core.events import _by_kind, _subscribers, subscribe
from chalicelib.core.settings import settings
from chalicelib.mall.identity.members.events import MemberRegistered
from chalicelib.mall.identity.members.models import IdentityKey, openid_key, unionid_key
from chalicelib.mall.identity.service import Buyer
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.mall.identity.factories import log_in


def test_the_first_login_makes_the_member_and_the_second_finds_it(
    http: Client, partners: Partners, cloud: Cloud, frozen: MovableClock
) -> None:
    first = http.post(
        "/sessions",
        json={
            "code": partners.wechat.new_login_code(openid="o-1"),
            "scene": 1047,
            "channel": "poster-7",
            "path": "pages/product?id=1",
            "inviter_id": "mbr_9",
        },
    )
    assert first.status == 201
    assert first.json["is_new"] is True
    assert "session_key" not in first.text
    (row,) = cloud.items("members")
    assert '"channel":"poster-7"' in row["source"]["S"]

    frozen.move(hours=1)
    with cloud.unchanged():
        second = log_in(http, partners, openid="o-1")
    assert second["is_new"] is False
    assert second["member"] == first.json["member"]
    assert len(cloud.items("identity_keys")) == 1


def test_a_token_is_good_for_a_day(http: Client, partners: Partners, frozen: MovableClock) -> None:
    session = log_in(http, partners)
    mine = http.as_(session["token"])
    assert mine.get("/me").ok()["id"] == session["member"]["id"]
    frozen.move(hours=settings().session_hours - 1)
    mine.get("/me").ok()
    frozen.move(hours=1)
    assert mine.get("/me").status == 401


DEEP = base64.urlsafe_b64encode(b"[" * 6000).decode()


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "锅", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYnJfMSJ9.", f"{DEEP}.e30.e30"]
)
def test_what_is_no_token_of_ours_is_refused(http: Client, cloud: Cloud, token: str) -> None:
    with cloud.unchanged():
        reply = http.as_(token).get("/me")
    assert (reply.status, reply.code) == (401, "unauthorized")


def test_a_token_for_another_audience_or_another_key_is_refused(http: Client, frozen: MovableClock) -> None:
    import jwt

    claims = {"sub": "mbr_1", "openid": "o", "exp": int(frozen.at.timestamp()) + 60}
    key = settings().session_secret
    for forged in (
        jwt.encode(claims | {"aud": "staff"}, key, algorithm="HS256"),
        jwt.encode(claims, key, algorithm="HS256"),
        jwt.encode(claims | {"aud": "buyer"}, key[::-1], algorithm="HS256"),
        jwt.encode(claims | {"aud": "buyer"}, key, algorithm="HS512"),
        jwt.encode(claims | {"aud": "buyer"}, None, algorithm="none"),
    ):
        assert http.as_(forged).get("/me").status == 401


def test_eight_logins_at_once_make_one_member(http: Client, partners: Partners, cloud: Cloud) -> None:
    codes = [partners.wechat.new_login_code(openid="o-1", unionid="u-1") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = [reply.ok() for reply in pool.map(lambda code: http.post("/sessions", json={"code": code}), codes)]
    assert len({each["member"]["id"] for each in answers}) == 1
    assert [each["is_new"] for each in answers].count(True) == 1
    assert len(cloud.items("members")) == 1
    assert len(cloud.items("identity_keys")) == 2


def test_a_new_openid_of_a_known_unionid_is_the_same_member(http: Client, partners: Partners, cloud: Cloud) -> None:
    first = log_in(http, partners, openid="o-old-app", unionid="u-1")
    second = log_in(http, partners, openid="o-new-app", unionid="u-1")
    assert second["member"]["id"] == first["member"]["id"]
    assert second["is_new"] is False
    (row,) = cloud.items("members")
    assert row["openid"] == {"S": "o-new-app"}
    assert set(row["identity_keys"]["SS"]) == {openid_key("o-old-app"), openid_key("o-new-app"), unionid_key("u-1")}
    with cloud.unchanged():
        assert log_in(http, partners, openid="o-old-app")["is_new"] is False


def test_a_unionid_that_appears_later_is_kept(http: Client, partners: Partners, cloud: Cloud) -> None:
    first = log_in(http, partners, openid="o-1")
    second = log_in(http, partners, openid="o-1", unionid="u-1")
    assert second["member"]["id"] == first["member"]["id"]
    found = IdentityKey.find(unionid_key("u-1"))
    assert found is not None
    assert found.member_id == first["member"]["id"]
    assert cloud.items("members")[0]["unionid"] == {"S": "u-1"}


def test_two_members_with_a_life_of_their_own_stay_two(http: Client, partners: Partners, cloud: Cloud) -> None:
    ours = log_in(http, partners, openid="o-1")
    other = log_in(http, partners, openid="o-2", unionid="u-1")
    with cloud.unchanged():
        again = log_in(http, partners, openid="o-1", unionid="u-1")
    assert again["member"]["id"] == ours["member"]["id"] != other["member"]["id"]


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "x", "scene": -1}, {"code": "x", "surprise": 1}])
def test_a_login_without_sense_is_refused(http: Client, cloud: Cloud, body: dict[str, Any]) -> None:
    with cloud.unchanged():
        assert http.post("/sessions", json=body).status == 422


def test_what_wechat_refuses_is_refused(http: Client, partners: Partners, cloud: Cloud) -> None:
    code = partners.wechat.new_login_code(openid="o-1")
    http.post("/sessions", json={"code": code}).ok()
    partners.wechat.block("o-2")
    with cloud.unchanged():
        assert http.post("/sessions", json={"code": code}).code == "invalid_login_code"
        assert http.post("/sessions", json={"code": "never-issued"}).code == "invalid_login_code"
        blocked = http.post("/sessions", json={"code": partners.wechat.new_login_code(openid="o-2")})
        assert (blocked.status, blocked.code) == (403, "login_blocked")
        partners.faults.api("jscode2session", "500", times=3)
        down = http.post("/sessions", json={"code": partners.wechat.new_login_code(openid="o-3")})
        assert (down.status, down.code) == (503, "partner_unavailable")


def test_a_registration_is_announced_once(
    http: Client, partners: Partners, cloud: Cloud, drain: Any, heard: list[Any]
) -> None:
    session = log_in(http, partners, openid="o-1")
    log_in(http, partners, openid="o-1")
    drain()
    assert [each.member_id for each in heard] == [session["member"]["id"]]


@pytest.fixture
def heard() -> Any:
    """Somebody on a higher floor listens."""
    events: list[MemberRegistered] = []

    def welcome(event: MemberRegistered, tx: Any) -> None:
        events.append(event)

    welcome.__module__ = "tests.identity"
    subscribe(MemberRegistered, queue="reactions")(welcome)
    yield events
    _subscribers.pop("tests.identity.welcome")
    _by_kind[MemberRegistered] = [each for each in _by_kind[MemberRegistered] if each.react is not welcome]


def test_a_buyer_is_known_from_the_token_alone(http: Client, partners: Partners, cloud: Cloud) -> None:
    token = log_in(http, partners, openid="o-1")["token"]
    from chalicelib.core.api import Request

    asked = Request("GET", "/products", {"authorization": f"Bearer {token}"}, {}, b"", "127.0.0.1", "req_1")
    cloud.memory.clear()
    assert Buyer.authenticate(asked, None).openid == "o-1"


def test_a_changed_secret_logs_nobody_out(
    http: Client, partners: Partners, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Believed before it signs, signs, believed after it signed, forgotten: at no step is a living token refused."""
    old, new = settings().session_secret, "n" * 40

    def release(secret: str, previous: str | None) -> None:
        monkeypatch.setenv("SIYU_SESSION_SECRET", secret)
        if previous is None:
            monkeypatch.delenv("SIYU_SESSION_SECRET_PREVIOUS", raising=False)
        else:
            monkeypatch.setenv("SIYU_SESSION_SECRET_PREVIOUS", previous)
        settings.cache_clear()

    before = log_in(http, partners, openid="o-1")["token"]
    release(new, old)
    after = log_in(http, partners, openid="o-1")["token"]
    cursor = pages.encode([1], "a list")
    release(old, new)  # a container that has not heard of the change yet
    for token in (before, after):
        http.as_(token).get("/me").ok()
    assert pages.decode(cursor, "a list") == [1]
    release(new, None)
    http.as_(after).get("/me").ok()
    assert http.as_(before).get("/me").status == 401
    release(new, "o" * 40)
    assert http.as_(before).get("/me").status == 401
