"""Typed routes: what a view is given, what comes out, and that the door is where it should be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.api import Api, Request, _cors
from chalicelib.core.settings import settings
from tests.core.rooms import Guest, Make, View, Worker
from tests.core.things import stored
from tests.harness import Client, Cloud

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def guest(http: Client) -> Client:
    return http.as_("guest-ann")


class TestBinding:
    def test_path(self, http: Client) -> None:
        reply = http.get("/rooms/r-1")
        assert (reply.status, reply.json) == (200, {"said": "r-1"})

    def test_paths_by_name_not_by_place_and_an_optional_actor(self, http: Client, guest: Client) -> None:
        assert http.get("/rooms/r/chairs/c").json["said"] == "r c None"
        assert guest.get("/rooms/r/chairs/c").json["said"] == "r c ann"

    def test_an_optional_actor_with_a_bad_token_is_not_anonymous(self, http: Client) -> None:
        assert http.as_("stolen").get("/rooms/r/chairs/c").status == 401

    def test_another_scheme_is_no_token(self, http: Client) -> None:
        assert http.get("/rooms/r/chairs/c", headers={"Authorization": "Basic abc"}).json["said"] == "r c None"
        assert http.post("/rooms", json={"name": "a"}, headers={"Authorization": "Basic abc"}).status == 401

    @pytest.mark.parametrize("header", ["bearer guest-ann", "BEARER  guest-ann ", "Bearer guest-ann"])
    def test_the_scheme_in_any_case(self, http: Client, header: str) -> None:
        assert http.get("/rooms/r/chairs/c", headers={"Authorization": header}).json["said"] == "r c ann"

    def test_body_actor_and_key(self, guest: Client) -> None:
        reply = guest.post("/rooms", json={"name": " hall ", "count": 3, "color": "blue"}, key="key-0001")
        assert (reply.status, reply.json) == (201, {"said": "ann hall 3 blue key-0001"})

    def test_nothing_comes_out_as_204(self, guest: Client) -> None:
        reply = guest.delete("/rooms/r")
        assert (reply.status, reply.body) == (204, b"")

    def test_request_and_raw_response(self, http: Client) -> None:
        reply = http.post("/hooks/rooms", body="你好", query={"a": ["1", "2"]}, headers={"X-Sign": "s"})
        assert reply.text == "<POST /hooks/rooms {'a': ['1', '2']} s 127.0.0.1>你好"
        assert (reply.status, reply.headers["content-type"], reply.headers["x-own"]) == (202, "text/xml", "1")

    def test_query_defaults(self, http: Client) -> None:
        assert http.get("/rooms").json["items"] == [{"said": "None [] None 0 20 None"}]

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"ids": ["a", "b"]}, "None ['a', 'b'] None 0 20 None"),
            ({"ids": "a,b"}, "None ['a', 'b'] None 0 20 None"),
            ({"ids": ["a,b", "c"]}, "None ['a', 'b', 'c'] None 0 20 None"),
            ({"ids": ""}, "None [] None 0 20 None"),
            ({"tags": "红,蓝"}, "None [] ['红', '蓝'] 0 20 None"),
            ({"color": "red", "least": "5", "limit": "7", "cursor": "x"}, "red [] None 5 7 x"),
            ({"least": ["1", "2"]}, "None [] None 2 20 None"),
        ],
    )
    def test_query(self, http: Client, query: dict[str, Any], said: str) -> None:
        assert http.get("/rooms", query=query).json["items"] == [{"said": said}]

    def test_the_longest_path_value(self, http: Client) -> None:
        assert http.get("/rooms/" + "x" * 128).status == 200

    def test_a_body_without_a_content_type_is_json(self, guest: Client) -> None:
        assert guest.post("/rooms", body='{"name": "a"}', key="key-0001").status == 201

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", " application/json "])
    def test_content_types_in_any_dress(self, guest: Client, kind: str) -> None:
        reply = guest.post("/rooms", body='{"name": "a"}', key="key-0001", headers={"Content-Type": kind})
        assert reply.status == 201


class TestHeaders:
    def test_every_answer_has_a_request_id_and_is_not_kept(self, http: Client, guest: Client) -> None:
        seen = set()
        for reply in (http.get("/rooms/r"), http.post("/rooms"), guest.delete("/rooms/r"), http.post("/hooks/rooms")):
            seen.add(reply.headers["x-request-id"])
            assert reply.headers["cache-control"] == "no-store"
        assert len(seen) == 4

    def test_json_is_utf8(self, http: Client) -> None:
        assert http.get("/rooms/r").headers["content-type"] == "application/json; charset=utf-8"

    def test_what_may_be_kept_says_so(self, http: Client) -> None:
        assert http.get("/rooms").headers["cache-control"] == "public, max-age=60"
        assert http.get("/rooms", query={"limit": "0"}).headers["cache-control"] == "no-store"


class TestWitness:
    def test_a_change_of_a_worker_is_written_down_in_the_same_transaction(self, http: Client, tables: Cloud) -> None:
        reply = http.as_("boss").put("/admin/rooms/r", json={"name": "a"})
        assert reply.ok() == {"said": "boss"}
        (row,) = tables.items("test-parts")
        assert (row["owner"]["S"], row["id"]["S"]) == ("log boss", reply.headers["x-request-id"])
        assert stored("r")

    def test_a_refused_change_is_not(self, http: Client, tables: Cloud) -> None:
        http.as_("boss").put("/admin/rooms/r", json={"name": "a"}).ok()
        with tables.unchanged():
            assert http.as_("boss").put("/admin/rooms/r", json={"name": "a"}).code == "taken"

    def test_looking_is_not(self, http: Client, tables: Cloud) -> None:
        http.as_("boss").get("/admin/rooms/r").ok()
        assert tables.items("test-parts") == []

    def test_it_ends_with_the_request(self, http: Client, guest: Client, tables: Cloud) -> None:
        http.as_("boss").put("/admin/rooms/r", json={"name": "a"}).ok()
        guest.post("/rooms", json={"name": "b"}, key="key-0001").ok()
        assert len(tables.items("test-parts")) == 1

    def test_permissions(self, http: Client, tables: Cloud) -> None:
        with tables.unchanged():
            assert http.put("/admin/rooms/r", json={"name": "a"}).status == 401
            assert http.as_("clerk").put("/admin/rooms/r", json={"name": "a"}).status == 403
            assert http.as_("guest-ann").put("/admin/rooms/r", json={"name": "a"}).status == 401


class TestCors:
    @pytest.fixture
    def console(self, serve: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> Client:
        monkeypatch.setenv("SIYU_CONSOLE_ORIGIN", "https://console.test")
        settings.cache_clear()
        api = Api("two", title="Two")

        @api.get("/admin/two/{name}", permission="things.write")
        def first(worker: Worker, name: str) -> View:
            return View(said=name)

        @api.delete("/admin/two/{name}", permission="things.write")
        def second(worker: Worker, name: str) -> None:
            """Two methods of one path share its settings."""

        @api.get("/two/{name}")
        def third(name: str) -> View:
            return View(said=name)

        monkeypatch.delenv("SIYU_CONSOLE_ORIGIN")
        settings.cache_clear()
        return serve(api)

    def test_for_the_console_only(self, console: Client) -> None:
        for reply in (console.as_("boss").get("/admin/two/x"), console.get("/admin/two/x")):
            assert reply.headers["access-control-allow-origin"] == "https://console.test"
        assert "access-control-allow-origin" not in console.get("/two/x").headers
        routes = console.gateway.app.routes
        assert {path: bool(entry.cors) for path, found in routes.items() for entry in found.values()} == {
            "/admin/two/{name}": True,
            "/two/{name}": False,
        }

    def test_no_console_no_cors(self, http: Client) -> None:
        assert settings().console_origin is None
        assert "access-control-allow-origin" not in http.as_("boss").get("/admin/rooms/r").headers
        assert _cors(None) is False

    def test_the_request_id_may_be_read_and_the_key_be_sent(self) -> None:
        cors: Any = _cors("https://console.test")
        headers = cors.get_access_control_headers()
        assert "Idempotency-Key" in headers["Access-Control-Allow-Headers"]
        assert "Authorization" in headers["Access-Control-Allow-Headers"]


def one(name: str) -> View:
    return View(said=name)


def two(name: int) -> View:
    return View(said=str(name))


def unnamed() -> View:
    return View(said="")


def unguarded(body: Make) -> View:
    return View(said="")


def half_guarded(worker: Worker | None) -> View:
    return View(said="")


def loose(guest: Guest) -> dict[str, str]:
    return {}


def mysterious(something: float) -> View:
    return View(said=str(something))


@pytest.mark.parametrize(
    ("path", "options", "view"),
    [
        ("/x", {}, one),
        ("/x/{other}", {}, one),
        ("/x/{name}", {}, two),
        ("/x/{name}", {}, unnamed),
        ("/x", {"permission": "p"}, unguarded),
        ("/x", {"permission": "p"}, half_guarded),
        ("/x", {"permission": "p"}, unnamed),
        ("/x", {}, loose),
        ("/x", {}, mysterious),
    ],
)
def test_a_route_that_would_open_a_door_or_break_a_promise_stops_the_start(path: str, options: Any, view: Any) -> None:
    api = Api("bad", title="Bad")
    with pytest.raises(TypeError):
        api.post(path, **options)(view)
    assert (api.operations, Guest.scheme) == ([], "guest")


def test_a_house_answers_in_the_malls_words_where_chalice_refuses(http: Client) -> None:
    """API Gateway would not send these; a wrong template might."""
    event = http.gateway._event("PUT", "/rooms", {}, "/rooms", "", [], b"", "127.0.0.1", "req-1")
    answer = http.gateway.app(event, None)
    assert (answer["statusCode"], '"code": "method_not_allowed"' in answer["body"]) == (405, True)


def test_bearer_of_a_request() -> None:
    def bearer(header: str) -> str | None:
        return Request("GET", "/", {"authorization": header}, {}, b"", "", "").bearer

    assert [bearer(each) for each in ("Bearer a", "Bearer", "Bearer ", "a", "")] == ["a", None, None, None, None]
