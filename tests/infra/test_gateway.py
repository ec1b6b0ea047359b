"""The laptop's API Gateway: routes, events and answers as API Gateway and Lambda have them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chalice.app import Chalice, Response

from chalicelib.core.front import STAFF, Router
from infra.local.gateway import MAX_BODY, Gateway

_REST = (b"", "127.0.0.1", "r-1")


def test_the_laptop_is_imported_before_the_mall_has_settings() -> None:
    """``make run`` makes the settings after it has looked whether its port is free."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SIYU_")}
    done = subprocess.run(
        [sys.executable, "-c", "import infra.local.runner"], env=bare, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


class TestRouter:
    ROUTES = (
        "/",
        "/products",
        "/products/{id}",
        "/products/hot",
        "/{kind}/{id}/stock",
        "/products/{product_id}/skus/{sku}",
    )

    @pytest.mark.parametrize(
        ("path", "route", "captured"),
        [
            ("/", "/", {}),
            ("", "/", {}),
            ("/products", "/products", {}),
            ("/products/", "/products", {}),
            ("/products/hot", "/products/hot", {}),
            ("/products/prd_1", "/products/{id}", {"id": "prd_1"}),
            ("/products/hot/stock", "/{kind}/{id}/stock", {"kind": "products", "id": "hot"}),
            ("/products/1/skus/2", "/products/{product_id}/skus/{sku}", {"product_id": "1", "sku": "2"}),
            ("/products/%E9%94%85%2F1", "/products/{id}", {"id": "锅/1"}),
        ],
    )
    def test_finds(self, path: str, route: str, captured: dict[str, str]) -> None:
        assert Router(self.ROUTES).match(path) == (route, captured)

    @pytest.mark.parametrize("path", ["/nowhere", "/products/1/2", "/products//skus/2", "/a/b/c/d"])
    def test_does_not_find(self, path: str) -> None:
        assert Router(self.ROUTES).match(path) is None

    def test_is_quick_with_many_routes(self) -> None:
        router = Router(f"/feature{i}/{{id}}/part{j}" for i in range(100) for j in range(10))
        started = time.perf_counter()
        for _ in range(1000):
            router.match("/feature99/1/part9")
        assert time.perf_counter() - started < 0.1


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    app = Chalice("tiny")
    app.api.binary_types = ["image/png"]

    @app.route("/echo/{name}", methods=["GET", "POST"], content_types=["application/json", "image/png", "text/plain"])
    def echo(name: str) -> dict[str, object]:
        request = app.current_request
        event = request.to_original_event()
        time.sleep(0.002)  # another thread gets its turn here
        assert request is app.current_request
        return {"name": name, "event": event, "raw": base64.b64encode(request.raw_body).decode()}

    @app.route("/picture")
    def picture() -> Response:
        return Response(b"\x89PNG", headers={"Content-Type": "image/png", "Set-Cookie": ["a=1", "b=2"]})

    @app.route("/broken")
    def broken() -> None:
        raise RuntimeError("no")

    return Gateway(app)


class TestEvents:
    def test_a_rest_proxy_event(self, gateway: Gateway) -> None:
        headers = [("X-One", "1"), ("X-Many", "a"), ("X-Many", "b"), ("User-Agent", "test")]
        answer = gateway.request("GET", "/echo/%E9%94%85?q=%E8%A2%AB&tag=a&tag=b&empty=", headers, source_ip="10.1.2.3")
        event = answer.json["event"]
        assert answer.json["name"] == "锅"
        assert event["resource"] == event["requestContext"]["resourcePath"] == "/echo/{name}"
        assert event["path"] == "/echo/锅"
        assert event["multiValueQueryStringParameters"] == {"q": ["被"], "tag": ["a", "b"], "empty": [""]}
        assert event["queryStringParameters"] == {"q": "被", "tag": "b", "empty": ""}
        assert event["multiValueHeaders"]["X-Many"] == ["a", "b"]
        assert event["requestContext"]["identity"] == {"sourceIp": "10.1.2.3", "userAgent": "test"}
        assert event["body"] is None
        assert event["isBase64Encoded"] is False

    def test_nothing_in_the_query_is_none(self, gateway: Gateway) -> None:
        event = gateway.request("GET", "/echo/a").json["event"]
        assert event["multiValueQueryStringParameters"] is None
        assert event["queryStringParameters"] is None

    def test_text_and_binary_bodies(self, gateway: Gateway) -> None:
        bad = b"\xff\x00\xfe"
        as_picture = gateway.request("POST", "/echo/a", [("content-type", "image/png")], bad).json
        assert as_picture["event"]["isBase64Encoded"] is True
        assert base64.b64decode(as_picture["raw"]) == bad
        as_text = gateway.request("POST", "/echo/a", [("Content-Type", "text/plain")], bad).json
        assert as_text["event"]["isBase64Encoded"] is False
        assert base64.b64decode(as_text["raw"]).decode() == "\ufffd\x00\ufffd"

    def test_a_binary_answer_and_repeated_headers(self, gateway: Gateway) -> None:
        answer = gateway.request("GET", "/picture", [("Accept", "image/png")])
        assert answer.status == 200
        assert answer.body == b"\x89PNG"
        assert [value for key, value in answer.headers if key == "Set-Cookie"] == ["a=1", "b=2"]

    def test_requests_of_many_threads_do_not_mix(self, gateway: Gateway) -> None:
        def ask(i: int) -> bool:
            return gateway.request("GET", f"/echo/{i}", [("X-N", str(i))]).json["event"]["headers"]["X-N"] == str(i)

        with ThreadPoolExecutor(16) as pool:
            assert all(pool.map(ask, range(160)))


class TestRefusals:
    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/nowhere", 404, "not_found"),
            ("TRACE", "/nowhere", 404, "not_found"),
            ("DELETE", "/echo/a", 405, "method_not_allowed"),
            ("HEAD", "/echo/a", 405, "method_not_allowed"),
            ("TRACE", "/echo/a", 405, "method_not_allowed"),
            ("BREW", "/echo/a", 405, "method_not_allowed"),
        ],
    )
    def test_has_the_malls_shape(self, gateway: Gateway, method: str, path: str, status: int, code: str) -> None:
        answer = gateway.request(method, path)
        assert answer.status == status
        assert answer.json["code"] == code
        assert answer.json.keys() == {"code", "message", "details", "request_id"}
        assert (answer.header("allow") == "GET, POST") == (status == 405)

    def test_too_large(self, gateway: Gateway) -> None:
        answer = gateway.request("POST", "/echo/a", (), b"x" * (MAX_BODY + 1))
        assert (answer.status, answer.json["code"]) == (413, "payload_too_large")

    def test_a_view_that_fails_is_a_500(self, gateway: Gateway) -> None:
        assert gateway.request("GET", "/broken").status == 500
        assert json.loads(gateway.request("GET", "/broken").body)["Code"] == "InternalServerError"


class TestStaffRoutes:
    """A REST API knows one resource for all of them."""

    def test_come_by_one_greedy_resource(self, _app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        gateway, seen = Gateway(_app), []
        monkeypatch.setattr(gateway, "_call", lambda event, _: seen.append(event))
        gateway.request("GET", "/admin/orders/%E9%94%85/payments?limit=2")
        assert (seen[0]["resource"], seen[0]["pathParameters"]) == (STAFF, {"proxy": "orders/锅/payments"})

    @pytest.mark.parametrize("stage_of_path", ["", "/api", "/some-base-path"])
    def test_are_found_whatever_the_events_own_path_says(self, _app: Any, stage_of_path: str) -> None:
        gateway = Gateway(_app)
        event = gateway._event(
            "GET", STAFF, {"proxy": "orders/123"}, f"{stage_of_path}/admin/orders/123", "", [], *_REST
        )
        assert gateway._call(event, "r-1").json["code"] == "unauthorized"

    @pytest.mark.parametrize(("method", "path"), [("GET", "nothing/here"), ("DELETE", "orders/123"), ("GET", "")])
    def test_that_are_not_there(self, _app: Any, method: str, path: str) -> None:
        gateway = Gateway(_app)
        answer = gateway._call(gateway._event(method, STAFF, {"proxy": path}, f"/admin/{path}", "", [], *_REST), "r-1")
        assert (answer.status, answer.json["code"], answer.header("x-request-id")) == (404, "not_found", "r-1")
