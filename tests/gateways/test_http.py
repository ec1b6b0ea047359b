"""The HTTP client: what is known after a failure, what is repeated, what is never told to a log."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chalicelib.core import http
from chalicelib.core.errors import PartnerUnavailable
from infra.local.partners import Partners

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def url(partners: Partners) -> str:
    """An endpoint that answers 200 with an errcode."""
    return partners.base_urls["wechat"] + "/sns/jscode2session?secret=very-secret"


def test_an_answer_is_an_answer_whatever_its_status(partners: Partners, url: str) -> None:
    partners.faults.api("jscode2session", "answer", status=418, document={"a": 1})
    response = http.send("wechat", "GET", url)
    assert (response.status, response.json()) == (418, {"a": 1})
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "kind", "retryable", "may_have_happened"),
    [
        (400, http.PartnerRefused, False, False),
        (404, http.PartnerRefused, False, False),
        (429, http.PartnerBusy, True, False),
        (500, http.PartnerBroken, True, True),
        (302, http.PartnerBroken, True, True),
    ],
)
def test_a_status_tells_what_is_known(
    partners: Partners, url: str, status: int, kind: type[http.PartnerError], retryable: bool, may_have_happened: bool
) -> None:
    partners.faults.api("jscode2session", "answer", status=status, document={})
    with pytest.raises(kind) as caught:
        http.expect_success(http.send("wechat", "GET", url))
    assert (caught.value.retryable, caught.value.may_have_happened) == (retryable, may_have_happened)
    assert caught.value.http_status == status


def test_every_partner_error_is_a_503_that_says_nothing_of_the_partner() -> None:
    error = http.PartnerRefused("wechat", partner_code="40013", reason="invalid appid rid: 1")
    assert isinstance(error, PartnerUnavailable)
    assert (error.status, error.code, error.details) == (503, "partner_unavailable", {"partner": "wechat"})


@pytest.mark.usefixtures("impatient")
def test_silence_may_have_happened(partners: Partners, url: str) -> None:
    partners.faults.api("jscode2session", "timeout", seconds=5)
    started = time.monotonic()
    with pytest.raises(http.PartnerTimeout) as caught:
        http.send("wechat", "GET", url)
    assert caught.value.may_have_happened
    assert time.monotonic() - started < 2


def test_a_broken_line_may_have_happened(partners: Partners, url: str) -> None:
    partners.faults.api("jscode2session", "reset")
    with pytest.raises(http.PartnerTimeout):
        http.send("wechat", "GET", url)


def test_no_connection_did_not_happen() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(http.PartnerUnreachable) as caught:
            http.send("wechat", "GET", f"http://127.0.0.1:{port}/")
    assert caught.value.retryable
    assert not caught.value.may_have_happened


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"", b"\xff\xfe"])
def test_garbage_is_broken(body: bytes) -> None:
    with pytest.raises(http.PartnerBroken):
        http.Response("wechat", 200, {}, body).json()


class Flaky:
    """Fails with each of *errors* in turn, then answers."""

    def __init__(self, *errors: http.PartnerError) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.parametrize(
    ("error", "idempotent", "calls"),
    [
        (http.PartnerBusy, False, 2),
        (http.PartnerUnreachable, False, 2),
        (http.PartnerBroken, True, 2),
        (http.PartnerTimeout, True, 2),
        (http.PartnerBroken, False, 1),
        (http.PartnerTimeout, False, 1),
        (http.PartnerRefused, True, 1),
    ],
)
def test_only_what_is_safe_is_repeated(error: type[http.PartnerError], idempotent: bool, calls: int) -> None:
    flaky = Flaky(error("wechat"))
    if calls == 1:
        with pytest.raises(error):
            http.retried(flaky, idempotent=idempotent)
    else:
        assert http.retried(flaky, idempotent=idempotent) == "done"
    assert flaky.calls == calls


def test_three_tries_are_enough() -> None:
    flaky = Flaky(*(http.PartnerBusy("wechat") for _ in range(9)))
    with pytest.raises(http.PartnerBusy):
        http.retried(flaky, idempotent=True)
    assert flaky.calls == 3


@pytest.mark.usefixtures("impatient")
def test_a_call_that_used_its_time_is_not_repeated(partners: Partners, url: str) -> None:
    partners.faults.api("jscode2session", "timeout", times=3, seconds=5)
    with pytest.raises(http.PartnerTimeout):
        http.retried(lambda: http.send("wechat", "GET", url), idempotent=True)
    assert len(partners.calls) == 1


def test_observers_see_both_moments_of_every_request(partners: Partners, url: str) -> None:
    seen: list[tuple[str, str, str]] = []
    observer = lambda *what: seen.append(what)  # noqa: E731
    http.observers.append(observer)
    try:
        http.send("wechat", "GET", url)
        partners.faults.api("jscode2session", "reset")
        with pytest.raises(http.PartnerTimeout):
            http.send("wechat", "GET", url)
    finally:
        http.observers.remove(observer)
    assert seen == [("before", "GET", url), ("after", "GET", url)] * 2


def test_a_redirect_is_not_followed() -> None:
    """A signed request is for one address."""
    asked: list[str] = []

    class Redirecting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Redirecting) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert http.send("wechat", "GET", f"http://127.0.0.1:{server.server_port}/here").status == 302
    assert asked == ["/here"]


def test_an_observer_that_kills_before_the_request_prevents_it(partners: Partners, url: str) -> None:
    class Killed(BaseException):
        pass

    def kill(moment: str, method: str, to: str) -> None:
        raise Killed

    http.observers.append(kill)
    try:
        with pytest.raises(Killed):
            http.send("wechat", "GET", url)
    finally:
        http.observers.remove(kill)
    assert not partners.calls


def test_logs_hold_no_query_no_body_no_header(partners: Partners, url: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="chalicelib"):
        http.send_json("wechat", "POST", url, {"body": "very-secret"}, headers={"Authorization": "very-secret"})
    told = json.dumps([vars(record) for record in caplog.records], default=str)
    assert "partner called" in told
    assert "very-secret" not in told
