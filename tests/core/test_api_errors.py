"""One error body for everything that goes wrong; never a 500 for bad input, never a leak in a 500."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core import logs
from chalicelib.core.api import Request as CoreRequest
from chalicelib.core.api import _dispatch, error_body
from chalicelib.core.binding import MAX_BODY
from tests.core import rooms
from tests.core.things import Thing
from tests.harness import Client, Cloud, Reply

pytestmark = pytest.mark.usefixtures("tables")
GOOD = {"name": "a"}


@pytest.fixture
def guest(http: Client) -> Client:
    return http.as_("guest-ann")


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What the log holds, as CloudWatch would get it."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(logs.JsonFormatter().format(record))

    root, keep = logging.getLogger(), Keep()
    level, chalicelib = root.level, logging.getLogger("chalicelib")
    root.addHandler(keep)
    chalicelib.setLevel("INFO")
    yield written
    chalicelib.setLevel(logging.NOTSET)
    root.removeHandler(keep)
    root.setLevel(level)


def require_refusal(reply: Reply, status: int, code: str) -> dict[str, Any]:
    """The one error body, whole."""
    assert (reply.status, reply.code) == (status, code), reply.text
    assert reply.json.keys() == {"code", "message", "details", "request_id"}
    assert reply.json["message"]
    assert reply.headers.get("x-request-id", reply.json["request_id"]) == reply.json["request_id"]
    assert reply.headers["content-type"].startswith("application/json")
    details: dict[str, Any] = reply.json["details"]
    return details


def fields(reply: Reply) -> list[str]:
    return [each["field"] for each in require_refusal(reply, 422, "invalid")["errors"]]


class TestStatuses:
    def test_400_what_is_no_json(self, guest: Client, tables: Cloud) -> None:
        bodies: list[bytes | str] = [
            "",
            "{",
            "{'name': 1}",
            '{"name": "a"} x',
            b"\xff\xfe",
            "\x00",
            '{"name": "\\ud800"}',
        ]
        bodies += ['{"name": "\\u0', "[" * 5000, '{"a": 1,}']
        for body in bodies:
            with tables.unchanged():
                reply = guest.post("/rooms", body=body, key="key-0001", headers={"Content-Type": "application/json"})
            require_refusal(reply, 400, "bad_request")

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1e-5"])
    def test_422_for_what_is_no_whole_number(self, guest: Client, number: str) -> None:
        body = '{"name": "a", "count": ' + number + "}"
        assert fields(guest.post("/rooms", body=body, key="key-0001")) == ["count"]

    def test_401_before_anything_else(self, http: Client, tables: Cloud) -> None:
        with tables.unchanged():
            require_refusal(http.post("/rooms", body="{", headers={"Content-Type": "text/css"}), 401, "unauthorized")

    def test_403(self, http: Client) -> None:
        details = require_refusal(http.as_("clerk").put("/admin/rooms/r", json=GOOD), 403, "forbidden")
        assert details == {"permission": "things.write"}

    @pytest.mark.parametrize("value", ["x" * 129, "x" * 6000, "a%00b", "a%0Ab", "%1F"])
    def test_404_for_a_path_value_that_can_be_nothing_of_ours(self, http: Client, value: str) -> None:
        require_refusal(http.get(f"/rooms/{value}"), 404, "not_found")

    @pytest.mark.parametrize("path", ["/nowhere", "/rooms/a/b", "/rooms/a/chairs", "/"])
    def test_404_for_no_route(self, http: Client, path: str) -> None:
        require_refusal(http.get(path), 404, "not_found")

    @pytest.mark.parametrize(("method", "path"), [("PUT", "/rooms"), ("HEAD", "/rooms/a"), ("OPTIONS", "/rooms/a")])
    def test_405(self, http: Client, method: str, path: str) -> None:
        require_refusal(http.request(method, path), 405, "method_not_allowed")

    def test_409_with_chinese_for_people(self, guest: Client, tables: Cloud) -> None:
        guest.post("/rooms", json=GOOD, key="key-0001").ok()
        with tables.unchanged():
            reply = guest.post("/rooms", json=GOOD, key="key-0002")
        require_refusal(reply, 409, "taken")
        assert reply.json["message"] == "被占用"
        assert "被占用" in reply.text, "readable as it travels"

    def test_409_too_busy(self, http: Client) -> None:
        require_refusal(http.patch("/rooms/x", json=GOOD), 409, "too_busy")

    def test_413(self, guest: Client, tables: Cloud) -> None:
        with tables.unchanged():
            reply = guest.post("/rooms", json={"name": "x" * MAX_BODY}, key="key-0001")
        assert require_refusal(reply, 413, "body_too_large") == {"limit": MAX_BODY}
        assert guest.post("/rooms", body=" " * (MAX_BODY - 13) + '{"name": "a"}', key="key-0001").status == 201

    @pytest.mark.parametrize("kind", ["text/xml", "application/jsonp", "", "application/x-www-form-urlencoded"])
    def test_415(self, guest: Client, tables: Cloud, kind: str) -> None:
        with tables.unchanged():
            reply = guest.post("/rooms", body='{"name": "a"}', key="key-0001", headers={"Content-Type": kind})
        assert require_refusal(reply, 415, "unsupported_media_type") == {"accepted": ["application/json"]}

    @pytest.mark.parametrize(
        ("body", "wrong"),
        [
            ({}, ["name"]),
            ({"name": ""}, ["name"]),
            ({"name": "  "}, ["name"]),
            ({"name": "a\x00b"}, ["name"]),
            ({"name": "a\nb"}, ["name"]),
            ({"name": 5}, ["name"]),
            ({"name": None}, ["name"]),
            ({"name": "x" * 65}, ["name"]),
            ({"name": "rude"}, ["name"]),
            ({"name": "a", "typo": 1}, ["typo"]),
            ({"name": "a", "count": -1}, ["count"]),
            ({"name": "a", "count": 1.5}, ["count"]),
            ({"name": "a", "count": True}, ["count"]),
            ({"name": "a", "count": "1"}, ["count"]),
            ({"name": "a", "count": 10**10}, ["count"]),
            ({"name": "a", "amount": True}, ["amount"]),
            ({"name": "a", "amount": 10**30}, ["amount"]),
            ({"name": "a", "color": "green"}, ["color"]),
            ({"name": "a", "notes": ["x"] * 4}, ["notes"]),
            ({"name": "a", "notes": ["x", "y" * 21, 3]}, ["notes.1", "notes.2"]),
            ({"count": "many", "amount": []}, ["name", "count", "amount"]),
            ([], [""]),
            ("text", [""]),
            (0, [""]),
        ],
    )
    def test_422_names_every_field(self, guest: Client, tables: Cloud, body: Any, wrong: list[str]) -> None:
        with tables.unchanged():
            assert fields(guest.post("/rooms", json=body, key="key-0001")) == wrong

    def test_422_for_a_number_too_long_to_be_one(self, guest: Client) -> None:
        reply = guest.post("/rooms", body='{"name": "a", "count": ' + "9" * 6000 + "}", key="key-0001")
        assert reply.status in (400, 422)

    def test_422_with_a_thousand_faults_is_short(self, guest: Client) -> None:
        reply = guest.post("/rooms", json={**GOOD, **{f"f{i}": i for i in range(1000)}}, key="key-0001")
        assert len(fields(reply)) == 20

    @pytest.mark.parametrize(
        ("query", "wrong"),
        [
            ({"typo": "1"}, ["typo"]),
            ({"limit": "0"}, ["limit"]),
            ({"limit": "101"}, ["limit"]),
            ({"limit": "ten"}, ["limit"]),
            ({"limit": ""}, ["limit"]),
            ({"ids": ["a", "b c"]}, ["ids.1"]),
            ({"ids": ["a,b,c", "d,e,f"]}, ["ids"]),
            ({"color": "RED"}, ["color"]),
            ({"cursor": ""}, ["cursor"]),
            ({"least": "-1"}, ["least"]),
        ],
    )
    def test_422_in_the_query(self, http: Client, query: dict[str, Any], wrong: list[str]) -> None:
        assert fields(http.get("/rooms", query=query)) == wrong

    @pytest.mark.parametrize(
        "key", [None, "", "short", "x" * 65, "with space", "with/slash", "钥匙钥匙钥匙钥匙", "key-0001\t"]
    )
    def test_422_without_a_good_idempotency_key(self, guest: Client, tables: Cloud, key: str | None) -> None:
        with tables.unchanged():
            assert fields(guest.post("/rooms", json=GOOD, key=key)) == ["Idempotency-Key"]

    @pytest.mark.parametrize("key", ["--------", "________", "A1b2C3d4", "x" * 64])
    def test_every_key_that_the_document_allows(self, guest: Client, key: str) -> None:
        guest.post("/rooms", json=GOOD, key=key).ok()

    def test_what_is_wrong_is_not_repeated_to_the_sender(self, guest: Client) -> None:
        reply = guest.post("/rooms", json={"name": "13800000000\n", "count": "6222020000000000000"}, key="key-0001")
        assert "6222" not in reply.text

    def test_lone_surrogates(self, http: Client) -> None:
        """API Gateway would hand them over as they came; the answer must still be encodable."""
        for query in ({"color": ["\ud800"]}, {"\ud800": ["x"]}, {"cursor": ["\ud800"]}):
            request = CoreRequest("GET", "/rooms", {}, query, b"", "", "req-1")
            answer = _dispatch(next(each for each in rooms.api.operations if each.path == "/rooms"), request, {})
            assert answer.status_code == 422
            answer.body.encode()
        show = rooms.api.operations[0]
        answer = _dispatch(show, CoreRequest("GET", "/", {}, {}, b"", "", "req-1"), {"room_id": "a\ud800"})
        assert answer.status_code == 404


class TestOurFaults:
    @pytest.mark.parametrize("kind", ["crash", "view", "body", "message", "nothing"])
    def test_500_without_a_leak_and_with_a_line(self, http: Client, lines: list[str], kind: str) -> None:
        """Also a model that the view itself can not build: that is no 422, the caller did nothing wrong."""
        reply = http.patch(f"/rooms/{kind}", json={"name": "王小明"})
        assert require_refusal(reply, 500, "internal_error") == {}
        assert "secret" not in reply.text
        assert "Traceback" not in reply.text
        failure = next(entry for entry in map(json.loads, lines) if entry["message"] == "unexpected failure")
        assert failure["correlation_id"] == reply.json["request_id"]
        assert (failure["level"], failure["route"]) == ("ERROR", "PATCH /rooms/{room_id}")
        assert "Traceback" in failure["exception"]
        assert "王小明" not in failure["exception"], "what people type does not reach the log with a traceback"

    def test_details_of_any_kind_are_told(self, http: Client) -> None:
        reply = http.patch("/rooms/details", json=GOOD)
        assert require_refusal(reply, 409, "gone") == {"what": "钥匙", "thing": str(Thing)}
        assert reply.json["message"] == "钥匙没有了"

    def test_error_body(self) -> None:
        assert json.loads(error_body("c", "m", {"a": 1}, "r")) == {
            "code": "c",
            "message": "m",
            "details": {"a": 1},
            "request_id": "r",
        }


class TestRequestLog:
    def test_one_line_with_route_status_and_time(self, guest: Client, lines: list[str]) -> None:
        reply = guest.get("/rooms/r-1")
        (entry,) = [entry for entry in map(json.loads, lines) if entry["message"] == "request"]
        assert (entry["route"], entry["status"]) == ("GET /rooms/{room_id}", 200)
        assert entry["Latency"] >= 0
        assert entry["correlation_id"] == reply.headers["x-request-id"]

    def test_no_tokens_no_bodies_no_personal_data(self, http: Client, lines: list[str]) -> None:
        secret = "guest-9f8e7d"
        client = http.as_(secret)
        client.post("/rooms", json={"name": "王小明"}, key="key-0001")
        client.post("/rooms", json={"name": "王小明", "phone": "13800000000"}, key="key-0001")
        client.get("/rooms/王小明", query={"q": "13800000000"})
        http.as_("stolen-token").get("/admin/rooms/x")
        text = "\n".join(lines)
        assert len(lines) == 4
        for private in (secret, "王小明", "13800000000", "stolen-token", "key-0001"):
            assert private not in text


def test_a_refusal_tells_moments_as_all_other_answers_do() -> None:
    body = error_body("too_late", "晚了", {"until": datetime(2026, 11, 27, 8, 30, 0, 5000, tzinfo=UTC)}, "r")
    assert json.loads(body)["details"] == {"until": "2026-11-27T08:30:00.005000Z"}
