"""What may be kept, by whom, and when nothing has to be sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.api import Api, RawResponse
from chalicelib.core.errors import NotFound
from chalicelib.core.schemas import Schema
from tests.core.rooms import Guest
from tests.harness import Client

said = "夏"


class View(Schema):
    said: str
    to: str | None = None


@pytest.fixture
def http(serve: Callable[..., Client]) -> Client:
    api = Api("kept", title="Kept")

    @api.get("/same", cache_seconds=30)
    def same() -> View:
        return View(said=said)

    @api.get("/greeting", cache_seconds=30)
    def greeting(guest: Guest | None) -> View:
        return View(said=said, to=guest.name if guest else None)

    @api.get("/mine")
    def mine(guest: Guest) -> View:
        return View(said=said, to=guest.name)

    @api.get("/gone", cache_seconds=30)
    def gone() -> View:
        raise NotFound()

    @api.get("/page", cache_seconds=300)
    def page() -> RawResponse:
        return RawResponse("<p>", content_type="text/html", headers={"X-Own": "1"})

    return serve(api)


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.core.test_caching.said", "夏")


def test_what_is_the_same_for_everybody_is_kept_by_everybody(http: Client) -> None:
    reply = http.get("/same")
    assert reply.headers["cache-control"] == "public, max-age=30"
    assert "vary" not in reply.headers
    again = http.get("/same", headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert {name: again.headers[name] for name in ("cache-control", "etag")} == {
        "cache-control": "public, max-age=30",
        "etag": reply.headers["etag"],
    }
    assert again.headers["x-request-id"]


def test_a_change_is_sent_whole(http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = http.get("/same").headers["etag"]
    monkeypatch.setattr("tests.core.test_caching.said", "秋")
    reply = http.get("/same", headers={"If-None-Match": before})
    assert (reply.status, reply.json["said"]) == (200, "秋")
    assert reply.headers["etag"] != before


@pytest.mark.parametrize("asked", ['W/"other"', "", "*", '"', 'W/"a", W/"b"', "\u00e9"])
def test_another_tag_is_no_match(http: Client, asked: str) -> None:
    assert http.get("/same", headers={"If-None-Match": asked}).status == 200


def test_one_of_several_tags_matches(http: Client) -> None:
    tag = http.get("/same").headers["etag"]
    assert http.get("/same", headers={"If-None-Match": f'W/"old", {tag}'}).status == 304


def test_an_answer_to_a_token_is_nobody_else_s(http: Client) -> None:
    anonymous, lin, wen = (client.get("/greeting") for client in (http, http.as_("guest-lin"), http.as_("guest-wen")))
    assert anonymous.headers["cache-control"] == "public, max-age=30"
    assert lin.headers["cache-control"] == "private, no-cache"
    assert {each.headers["vary"] for each in (anonymous, lin)} == {"Authorization"}
    assert len({each.headers["etag"] for each in (anonymous, lin, wen)}) == 3
    known = {"If-None-Match": lin.headers["etag"]}
    assert http.as_("guest-lin").get("/greeting", headers=known).status == 304
    assert http.as_("guest-wen").get("/greeting", headers=known).json["to"] == "wen"


def test_what_belongs_to_one_is_not_kept_at_all(http: Client) -> None:
    headers = http.as_("guest-lin").get("/mine").headers
    assert (headers["cache-control"], headers.get("etag")) == ("no-store", None)


def test_a_refusal_is_not_kept(http: Client) -> None:
    for reply in (http.get("/gone"), http.as_("stranger").get("/greeting")):
        assert (reply.headers["cache-control"], reply.headers.get("etag")) == ("no-store", None)


def test_a_page_is_kept_with_its_own_headers(http: Client) -> None:
    reply = http.get("/page")
    assert (reply.headers["content-type"], reply.headers["x-own"]) == ("text/html", "1")
    assert reply.headers["cache-control"] == "public, max-age=300"
    assert http.get("/page", headers={"If-None-Match": reply.headers["etag"]}).status == 304


def _one(guest: Guest) -> View:
    return View(said="")


def _all() -> View:
    return View(said="")


@pytest.mark.parametrize(("method", "view"), [("get", _one), ("post", _all)])
def test_what_must_not_be_kept_stops_the_start(method: str, view: Any) -> None:
    with pytest.raises(TypeError):
        getattr(Api("bad", title="Bad"), method)("/x", cache_seconds=60)(view)
